"""Bought together: what goes into the same basket as the items at hand."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

BOUGHT_TOGETHER = Surface(
    name="bought-together",
    title="Bought together",
    description="What goes into the same basket as the item looked at, or as the cart.",
    needs=Need.ITEMS,
    spec=PipelineSpec(name="bought-together", sources=("together",), spread=2),
)
