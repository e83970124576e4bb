"""How a fitted learner becomes files and comes back: config into the manifest, array fields into safetensors."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import cast

import numpy as np

from shopkeeper.bundle.manifest import SourceSpec
from shopkeeper.error import BundleError
from shopkeeper.model import REGISTRY, Learner
from shopkeeper.pipeline.tensor import load_arrays, save_arrays
from shopkeeper.pipeline.vectors import TextVectors

_VECTORS = "vectors"  # the field of a learner that holds the shared text vectors


def describe(learner: Learner) -> SourceSpec:
    """What the manifest says of a learner."""
    names = [name for name, registered in REGISTRY.items() if isinstance(learner, registered.model)]
    if not names:
        raise BundleError(f"{type(learner).__name__} is not in model.REGISTRY; add its line there")
    return SourceSpec(names[0], asdict(learner.config))


def save_learner(learner: Learner, path: Path) -> None:
    """Write a learner's array fields to one file."""
    values = {field.name: getattr(learner, field.name) for field in fields(learner)}
    save_arrays(path, {name: value for name, value in values.items() if isinstance(value, np.ndarray)})


def load_learner(spec: SourceSpec, path: Path, vectors: TextVectors) -> Learner:
    """The learner that `save_learner` wrote, its arrays memory-mapped. Raises BundleError."""
    if spec.model not in REGISTRY:
        raise BundleError(f"The bundle's model {spec.model!r} is unknown to this version. Train again.")
    registered = REGISTRY[spec.model]
    shared = {_VECTORS: vectors} if _VECTORS in {field.name for field in fields(registered.model)} else {}
    try:
        learner = registered.model(config=registered.config(**spec.config), **load_arrays(path), **shared)
    except TypeError as problem:
        raise BundleError(f"{path} does not fit {spec.model} ({problem}). Train again.") from None
    return cast(Learner, learner)
