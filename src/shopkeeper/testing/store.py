"""What every Store does. A test class inherits StoreContract and has a fixture `store` with an empty one."""

from shopkeeper.testing.catalogue_contract import CatalogueContract
from shopkeeper.testing.event_log_contract import EventLogContract
from shopkeeper.testing.office_contract import OfficeContract


class StoreContract(CatalogueContract, EventLogContract, OfficeContract):
    """Everything that a Store does."""
