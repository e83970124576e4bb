"""Search: what answers a shopper's words, by letter and by meaning."""

from shopkeeper.pipeline.spec import PipelineSpec
from shopkeeper.search import LEXICAL, MEANING, SEARCH_MAP, SEARCH_WEIGHT
from shopkeeper.surface.surface import Need, Surface

SEARCH = Surface(
    name="search",
    title="Search",
    description="What answers a shopper's words, by letter and by meaning.",
    needs=Need.TEXT,
    spec=PipelineSpec(
        name="search",
        sources=(LEXICAL, MEANING),
        weight=dict(SEARCH_WEIGHT),
        score_map=dict(SEARCH_MAP),
        per_source=100,
        fallback=None,  # a search that finds nothing says so
        by_variant=True,  # each variant has words of its own
    ),
)
