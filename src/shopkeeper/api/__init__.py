"""The HTTP door: JSON in, JSON out, RFC 9457 problems for everything that goes wrong."""

from shopkeeper.api.app import create_app

__all__ = ["create_app"]
