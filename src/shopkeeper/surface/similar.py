"""Similar: what could stand in for the item looked at."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

SIMILAR = Surface(
    name="similar",
    title="Similar",
    description="What could stand in for the item looked at: alike by its text, the better selling first among equals.",
    needs=Need.ITEMS,
    spec=PipelineSpec(name="similar", sources=("semantic",), spread=2),
)
