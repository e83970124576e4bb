"""Search: what answers a shopper's words, by letter and by meaning."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.surface.surface import Need, Surface

SEARCH = Surface(
    name="search",
    title="Search",
    description="What answers a shopper's words, by letter and by meaning.",
    needs=Need.TEXT,
    spec=PipelineSpec(name="search", sources=("lexical", "meaning"), fallback=None),
)
