"""Pages of evaluations: templates that need nothing beside themselves, no script and no network."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from shopkeeper.evaluation import wording
from shopkeeper.evaluation.chart import difference_chart, figure_chart
from shopkeeper.evaluation.figure import FIGURES, LIST_FIGURES, SCORE_FIGURES


def page(template: str, **values: Any) -> str:
    """A page of these values."""
    return _PAGES.get_template(template).render(values)


def write_both(json_path: Path, told: str, html_path: Path, shown: str) -> tuple[Path, Path]:
    """Write an evaluation for programs and for people into a folder, made where it is missing; the two paths."""
    written = json_path, html_path
    for path, text in zip(written, (told, shown), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(path.suffix + ".part")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    return written


def _environment() -> Environment:
    """The template engine: everything is escaped, and a name that is missing is an error."""
    pages = Environment(
        loader=PackageLoader("shopkeeper.evaluation", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = (
        wording.label,
        wording.figure,
        wording.percent,
        wording.signed,
        wording.between,
        wording.chance,
        wording.verdict,
    )
    pages.filters.update({word.__name__: word for word in words})
    pages.filters["title_of"] = wording.title  # Jinja has a filter called title
    pages.globals.update(
        summary=wording.summary,
        left_out=wording.left_out,
        ranker_choice=wording.ranker_choice,
        trial_title=wording.trial_title,
        trial_meaning=wording.trial_meaning,
        limits=wording.LIMITS,
        no_probability=wording.NO_PROBABILITY,
        figures=FIGURES.values(),
        list_figures=LIST_FIGURES,
        score_figures=SCORE_FIGURES,
        figure_chart=figure_chart,
        difference_chart=difference_chart,
    )
    return pages


_PAGES: Final = _environment()
