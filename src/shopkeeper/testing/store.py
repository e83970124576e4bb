"""What every Store does. A test class inherits StoreContract and has a fixture `store` with an empty one."""

from shopkeeper.testing.catalogue_contract import CatalogueContract
from shopkeeper.testing.event_log_contract import EventLogContract
from shopkeeper.testing.exposure_contract import ExposureContract
from shopkeeper.testing.frame_contract import FrameContract
from shopkeeper.testing.login_contract import LoginContract
from shopkeeper.testing.mark_contract import MarkContract
from shopkeeper.testing.offer_contract import OfferContract
from shopkeeper.testing.office_contract import OfficeContract
from shopkeeper.testing.patch_contract import PatchContract
from shopkeeper.testing.people_contract import PeopleContract
from shopkeeper.testing.return_contract import ReturnContract
from shopkeeper.testing.revision_contract import RevisionContract
from shopkeeper.testing.snapshot_contract import SnapshotContract
from shopkeeper.testing.user_act_contract import UserActContract


class StoreContract(
    CatalogueContract,
    PatchContract,
    OfferContract,
    EventLogContract,
    ExposureContract,
    FrameContract,
    LoginContract,
    MarkContract,
    OfficeContract,
    PeopleContract,
    ReturnContract,
    RevisionContract,
    SnapshotContract,
    UserActContract,
):
    """Everything that a Store does."""
