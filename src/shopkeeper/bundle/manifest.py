"""The manifest: what a bundle is, said in one JSON file that a person can read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from shopkeeper.error import BundleError
from shopkeeper.model.ranker import RankerSpec
from shopkeeper.pipeline.spec import PipelineSpec

FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its SHA-256 and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One fitted source: its model's name in REGISTRY and its config."""

    model: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a bundle but its arrays.

    `change` is the store's change number at the snapshot, `as_of` its time (UTC microseconds). The model and the
    catalogue index are versioned apart: one can be made anew without the other. `evidence` counts, for each task, the
    customers that weights were fitted on ("validated") and that figures are of ("judged"): 0 is a guess. `rankers` are
    the learned ones, by the name that a pipeline calls them: their trees lie beside, as LightGBM's own text.
    """

    bundle_id: str
    created: str  # ISO 8601
    code_version: str
    as_of: int
    change: int
    fingerprint: str  # of data and recipe
    recipe: str  # hash of everything but the data that decides what comes out
    encoder: str
    model_version: str
    catalogue_version: str
    sources: Mapping[str, SourceSpec]
    pipelines: Mapping[str, PipelineSpec]
    metrics: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    rankers: Mapping[str, RankerSpec] = field(default_factory=dict)
    files: Mapping[str, Member] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Indented JSON, keys in the order above."""
        values = asdict(self)
        values["pipelines"] = {name: spec.as_dict() for name, spec in self.pipelines.items()}
        return json.dumps(values, indent=1)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a bundle's folder. Raises BundleError where it is missing, broken or of another format."""
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise BundleError(
            f"{path} cannot be read ({problem}). Publish another bundle: shopkeeper bundle list SHOP"
        ) from None
    if not isinstance(values, dict):
        raise BundleError(f"{path} is not a manifest. Train again: shopkeeper train")
    found = values.get("format_version")
    if found != FORMAT_VERSION:
        raise BundleError(
            f"{folder.name} has format {found}; this version reads {FORMAT_VERSION}. Train again, or install the "
            f"version that made it ({values.get('code_version', 'unknown')})."
        )
    try:
        values["sources"] = {name: SourceSpec(**entry) for name, entry in values["sources"].items()}
        values["pipelines"] = {name: PipelineSpec.from_dict(entry) for name, entry in values["pipelines"].items()}
        values["rankers"] = {name: RankerSpec.from_dict(entry) for name, entry in values.get("rankers", {}).items()}
        values["files"] = {name: Member(**entry) for name, entry in values["files"].items()}
        return Manifest(**values)
    except (TypeError, KeyError, AttributeError) as problem:
        raise BundleError(f"{path} is not a manifest ({problem}). Train again: shopkeeper train") from None
