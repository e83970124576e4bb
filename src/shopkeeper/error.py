"""Every error that Shopkeeper raises on purpose: what happened, to what, and what to do next.

ShopkeeperError
├── InputError           the caller sent something that cannot be used           (HTTP 422, exit code 2)
│   ├── FilterError      a filter expression that is not allowed
│   │   └── UnknownAttribute   no product has what a filter or a facet names
│   ├── ImportRejected   too many rows of an import could not be read
│   └── UnknownSurface   no surface of that name                                 (HTTP 404)
├── NotFound             a thing that was named does not exist                   (HTTP 404, exit code 3)
├── SettingError         shop.toml or an environment variable cannot be used     (HTTP 500, exit code 4)
├── StoreError           the store cannot be opened, or is newer than the code   (HTTP 503, exit code 5)
├── BundleError          a bundle is missing, damaged or of another format       (HTTP 503, exit code 6)
├── LeakError            training data holds what evaluation must not see        (HTTP 500, exit code 7)
├── LanguageError        an encoder or endpoint failed                           (HTTP 502, exit code 8)
└── MissingPart          an optional package or program is not installed         (HTTP 501, exit code 9)
"""


class ShopkeeperError(Exception):
    """The root; `exit_code` is the CLI's, `status` the API's, for every error below it."""

    exit_code = 1
    status = 500


class InputError(ShopkeeperError):
    """The caller sent something that cannot be used."""

    exit_code = 2
    status = 422


class FilterError(InputError):
    """A filter expression that is not allowed, is too large, or does not fit the columns."""


class UnknownAttribute(FilterError):
    """No product has an attribute of that `name`, by which a search is to be filtered or counted."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class ImportRejected(InputError):
    """Too many rows of an import could not be read; nothing was committed."""


class UnknownSurface(InputError):
    """No surface of that name."""

    status = 404


class NotFound(ShopkeeperError):
    """A thing that was named does not exist."""

    exit_code = 3
    status = 404


class SettingError(ShopkeeperError):
    """shop.toml or an environment variable cannot be used."""

    exit_code = 4


class StoreError(ShopkeeperError):
    """The store cannot be opened, written, or is newer than the code."""

    exit_code = 5
    status = 503


class BundleError(ShopkeeperError):
    """A bundle is missing, damaged, or of another format version."""

    exit_code = 6
    status = 503


class LeakError(ShopkeeperError):
    """Training data holds an event that evaluation must not have seen."""

    exit_code = 7


class LanguageError(ShopkeeperError):
    """An encoder or a language-model endpoint failed."""

    exit_code = 8
    status = 502


class MissingPart(ShopkeeperError):
    """An optional package or a program is not installed; the message says how to get it."""

    exit_code = 9
    status = 501
