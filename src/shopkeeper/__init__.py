"""Shopkeeper: the thinking half of an online shop. The public surface is small; the rooms are documented."""

__version__ = "0.1.0"
