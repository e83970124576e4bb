"""Values from shop.toml for fields of configs: each of its field's own type, or refused by name."""

from math import isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from shopkeeper.error import SettingError
from shopkeeper.model.search_range import ranges_of

_WORD = {int: "a whole number", float: "a number", bool: "true or false", str: "a text", tuple: "a list"}


def checked(config: type[Any], name: str, value: object, where: str) -> object:
    """The value as the field `name` of a config has it. Raises SettingError, which says in which section it stands."""
    kind = _kind(get_type_hints(config)[name])
    found = _as(kind, value)
    if found is None:
        raise SettingError(f"{where} {name} must be {_WORD[kind]}, not {value!r}.")
    if kind in (int, float):
        _check_size(config, name, value, where)
    return found


def _check_size(config: type[Any], name: str, value: Any, where: str) -> None:
    """Nothing here counts or measures below 0; and what is tuned above 0 only, or is a count, must be above it."""
    told = ranges_of(config).get(name)
    above = told.low > 0 if told else isinstance(getattr(config(), name), int)
    if not isfinite(value) or value < 0 or (above and not value):
        raise SettingError(f"{where} {name} must be {'above 0' if above else 'at least 0'}, not {value!r}.")


def _kind(hint: Any) -> type[Any]:
    """The plain type of an annotation: int of `Annotated[int, ...]`, bool of `bool | None`."""
    if get_origin(hint) is Annotated:
        return _kind(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    found: type[Any] = get_origin(hint) or hint
    return found


def _as(kind: type[Any], value: object) -> object:
    """The value in this type, None where it does not fit."""
    if kind is tuple:
        return tuple(value) if isinstance(value, list | tuple) else None
    if isinstance(value, bool) or kind is bool:
        return value if kind is bool and isinstance(value, bool) else None
    if kind is float and isinstance(value, int):
        return float(value)
    return value if isinstance(value, kind) else None
