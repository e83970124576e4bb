"""Paths as a person gives them."""

from pathlib import Path

import typer


def given_path(text: str) -> Path:
    """A file or folder. A blank word, as a script gives it whose variable is not set, would mean the current folder."""
    if not text.strip():
        raise typer.BadParameter("an empty name is given. Give a path; . is the current folder.")
    return Path(text)
