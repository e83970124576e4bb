"""Language models: text encoders behind one narrow seam, and the cache of what they said."""

from shopkeeper.language.bulk import encode_all
from shopkeeper.language.cache import EmbeddingCache
from shopkeeper.language.protocol import TextEncoder
from shopkeeper.language.registry import open_encoder
from shopkeeper.language.whiten import Whitening

__all__ = ["EmbeddingCache", "TextEncoder", "Whitening", "encode_all", "open_encoder"]
