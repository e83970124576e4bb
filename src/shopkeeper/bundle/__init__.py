"""What serving needs, immutable: a folder of arrays, tables and indexes, and a manifest that vouches for them."""

from shopkeeper.bundle.manifest import Manifest, Member, SourceSpec, read_manifest
from shopkeeper.bundle.shelf import Bundle, BundleShelf

__all__ = ["Bundle", "BundleShelf", "Manifest", "Member", "SourceSpec", "read_manifest"]
