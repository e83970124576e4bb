"""The engine that answers queries from a bundle, live changes and a store."""

from shopkeeper.serving.basket import Basket
from shopkeeper.serving.card import Card
from shopkeeper.serving.engine import Engine, Readiness
from shopkeeper.serving.exposure import ExposureRecorder
from shopkeeper.serving.variant import Variant, Variants

__all__ = ["Basket", "Card", "Engine", "ExposureRecorder", "Readiness", "Variant", "Variants"]
