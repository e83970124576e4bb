"""Buy again: what this customer buys over and over."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

BUY_AGAIN = Surface(
    name="buy-again",
    title="Buy again",
    description="What this customer buys over and over, the likeliest first.",
    needs=Need.USER,
    # What was only looked at is no "again"; home shows it. Of products with one and the same text a shopper sees one,
    # the likeliest. Home keeps them all: it foretells a basket, and who buys three alike does buy three.
    spec=PipelineSpec(name="buy-again", sources=("again",), bought_only=True, personal=True, spread=1),
)
