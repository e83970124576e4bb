"""Words for reasons, in plain English, shared by all doors."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from shopkeeper.pipeline.lists import Reason

_PLAIN: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.POPULAR: "Popular in this shop",
        Reason.TRENDING: "Selling more than usual",
        Reason.BOUGHT_BEFORE: "You buy this",
        Reason.BOUGHT_TOGETHER: "Goes with what you chose",
        Reason.PEOPLE_LIKE_YOU: "Customers like you chose this",
        Reason.SIMILAR: "Like things you chose",
        Reason.MATCHES_TEXT: "Matches your words",
        Reason.MATCHES_MEANING: "Close to what you mean",
        Reason.SAME_CATEGORY: "Popular in a category that interests you",
        Reason.LOOKED_AT: "You looked at this",
    }
)
_WITH_CAUSE: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.BOUGHT_TOGETHER: "Often bought with {cause}",
        Reason.SIMILAR: "Similar to {cause}",
    }
)


def say(reason: str, cause_title: str | None = None) -> str:
    """The sentence for a reason code such as "bought_before"; the cause is named where the reason has one."""
    code = Reason[reason.upper()]
    if cause_title and code in _WITH_CAUSE:
        return _WITH_CAUSE[code].format(cause=cause_title)
    return _PLAIN[code]
