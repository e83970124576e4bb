"""Language models: text encoders behind one narrow seam, and the cache of what they said."""

from shopkeeper.language.protocol import TextEncoder

__all__ = ["TextEncoder"]
