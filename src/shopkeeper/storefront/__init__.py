"""The storefront: pages rendered by the server, so that people can see and try what the engine does."""

from shopkeeper.storefront.page import error_page, pages

__all__ = ["error_page", "pages"]
