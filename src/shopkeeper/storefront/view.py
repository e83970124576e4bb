"""Templates to responses: what every page shares, and the headers that keep it safe."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from shopkeeper.storefront.command import parts_of

HERE: Final = Path(__file__).parent
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' https: http: data:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "HX-Request",
}


def link(path: str, **parameters: object) -> str:
    """A path with the parameters that have something to say; a tuple says it several times."""
    told = {name: value for name, value in parameters.items() if value not in (None, "", ())}
    return f"{path}?{urlencode(told, doseq=True)}" if told else path


def item_link(item_id: str, **parameters: object) -> str:
    """The address of an item's page, whatever its id is made of."""
    return link(f"/item/{quote(item_id, safe='')}", **parameters)


@cache
def _templates() -> Environment:
    """Compiled once a process; everything is escaped unless a template says otherwise, and none does."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.globals.update(link=link, item_link=item_link, parts_of=parts_of)
    return templates


def render(template: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """A page, or a fragment of one."""
    return HTMLResponse(_templates().get_template(template).render(values), status, HEADERS)
