"""Trending: what sells more than its own past would have us expect."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

TRENDING = Surface(
    name="trending",
    title="Trending",
    description="What sells more now than its own past would have us expect.",
    needs=Need.NOTHING,
    spec=PipelineSpec(name="trending", sources=("trending",), spread=2),
)
