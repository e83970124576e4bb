"""How much memory this process, and those that it started, have held at most."""

import resource
import sys
from dataclasses import dataclass
from typing import Final

_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss


@dataclass(frozen=True, slots=True)
class Peak:
    """Resident memory, bytes: of this process since it began, and of the largest of those that it started and saw end.

    None where the system does not tell, or there was none.
    """

    own: int | None
    helper: int | None


def peak_memory() -> Peak:
    """As the system has counted it until now."""
    own, helper = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Peak(own * _UNIT or None, helper * _UNIT or None)
