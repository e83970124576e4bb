"""Buy again: what this household buys over and over."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

BUY_AGAIN = Surface(
    name="buy-again",
    title="Buy again",
    description="What this customer buys over and over, the likeliest first.",
    needs=Need.USER,
    spec=PipelineSpec(name="buy-again", sources=("again",), personal=True),
)
