"""Discover: what this customer has never bought and is likely to like."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

DISCOVER = Surface(
    name="discover",
    title="New for you",
    description="What this customer has never bought, and is likely to like.",
    needs=Need.USER,
    task="discovery",
    spec=PipelineSpec(
        name="discover",
        sources=("fresh", "als", "affinity", "together", "semantic"),
        fallback="fresh",
        new_only=True,
        personal=True,
    ),
)
