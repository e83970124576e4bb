"""The pages of evaluations: the served bundle's report, and beside it those of evaluations in rounds."""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from shopkeeper.error import NotFound

FindReport = Callable[[], Path | None]
FindRounds = Callable[[], Mapping[str, Path]]

REPORT: Final = "/report"
_NAME: Final[Mapping[str, str]] = MappingProxyType(
    {"folds": "By folds over customers", "rolling": "At a rolling origin"}
)
_STYLE: Final = "display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;max-width:62rem;margin:0 auto;padding:.7rem 1.25rem"


class ReportPages:
    """Evaluations as files that stand alone, with the ways between them that a file alone cannot have."""

    def __init__(self, report: FindReport, rounds: FindRounds) -> None:
        self._report, self._rounds = report, rounds

    def report(self, _request: Request) -> Response:
        """The evaluation report of the bundle that is served."""
        path = self._report()
        if path is None or not path.is_file():
            raise NotFound("The bundle that is served has no evaluation report. Make one: shopkeeper train SHOP")
        return self._shown(path, REPORT)

    def rounds(self, request: Request) -> Response:
        """The shop's last evaluation by a protocol that fits several times."""
        protocol = str(request.path_params["protocol"])
        path = self._rounds().get(protocol)
        if path is None:
            made = " or ".join(f"shopkeeper evaluate SHOP --protocol {name}" for name in _NAME)
            raise NotFound(f"There is no evaluation {protocol[:60]!r} of this shop. Make one: {made}")
        return self._shown(path, f"{REPORT}/{protocol}")

    def _shown(self, path: Path, here: str) -> Response:
        return HTMLResponse(path.read_text("utf-8").replace("<body>", f"<body>\n{self._bar(here)}", 1))

    def _bar(self, here: str) -> str:
        """Links to the shop and to every evaluation; the page itself is named, and no link."""
        ways = {"/": "Back to the shop"}
        if self._report():
            ways[REPORT] = "The served bundle"
        ways |= {f"{REPORT}/{name}": _NAME.get(name, name) for name in self._rounds()}
        told = "".join(_way(address, name, here) for address, name in ways.items() if len(ways) > 2 or address == "/")
        return f'<nav aria-label="Evaluations" style="{_STYLE}">{told}</nav>'


def _way(address: str, name: str, here: str) -> str:
    if address == here:
        return f'<span aria-current="page">{escape(name)}</span>'
    return f'<a href="{escape(address)}" style="color:inherit">{escape(name)}</a>'
