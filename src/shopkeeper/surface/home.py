"""Home: what this customer is likely to want next, all sources blended."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

HOME = Surface(
    name="home",
    title="For you",
    description="What this customer is likely to want next, whether bought before or not.",
    needs=Need.USER,
    task="next_basket",
    spec=PipelineSpec(
        name="home",
        sources=("again", "popular", "affinity", "als", "together", "semantic"),
        personal=True,
    ),
)
