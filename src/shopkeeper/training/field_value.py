"""Values from shop.toml for fields of configs: each of its field's own type, or refused by name."""

import json
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from shopkeeper.error import SettingError
from shopkeeper.model.bound import Bound, bound_of
from shopkeeper.model.search_range import ranges_of

_WORD: Final = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
_ABOVE_ZERO: Final = Bound(above=0)


def checked(config: type[Any], name: str, value: object, where: str) -> object:
    """The value as the field `name` of a config has it. Raises SettingError, which says in which section it stands."""
    hint = _plain(get_type_hints(config)[name])
    found = _as(hint, value)
    if found is None:
        raise SettingError(f"{where} {name} must be {_words(hint)}, not {value!r}.")
    bound = _bound(config, name)
    if not all(bound.holds(number) for number in _numbers(found)):
        raise SettingError(f"{where} {name} must be {bound}, not {value!r}.")
    return found


def _bound(config: type[Any], name: str) -> Bound:
    """The field's own. Else nothing counts or measures below 0; and what is tuned above 0 only, or is a count, or is
    one of several, must be above it."""
    told = ranges_of(config).get(name)
    above = told.low > 0 if told else isinstance(getattr(config(), name), int | tuple)
    return bound_of(config, name) or (_ABOVE_ZERO if above else Bound())


def _numbers(value: object) -> tuple[float, ...]:
    """Those that a value is made of."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, int | float) and not isinstance(value, bool) else ()


def _plain(hint: Any) -> Any:
    """An annotation without its extras: int of `Annotated[int, ...]`, bool of `bool | None`."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return _plain(next(part for part in get_args(hint) if part is not NoneType))
    return hint


def _words(hint: Any) -> str:
    """What a value of this annotation is called."""
    if get_origin(hint) is Literal:
        return " or ".join(json.dumps(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return f"a list of {len(get_args(hint))} numbers"
    return _WORD[hint]


def _as(hint: Any, value: object) -> object:
    """The value in this type, None where it does not fit."""
    if get_origin(hint) is Literal:
        return value if value in get_args(hint) else None
    if get_origin(hint) is tuple:
        return _each(get_args(hint), value)
    if isinstance(value, bool) or hint is bool:
        return value if hint is bool and isinstance(value, bool) else None
    if hint is float and isinstance(value, int):
        return float(value)
    return value if isinstance(value, hint) else None


def _each(hints: tuple[Any, ...], value: object) -> object:
    """A list with one value of each type."""
    if not isinstance(value, list | tuple) or len(value) != len(hints):
        return None
    found = tuple(_as(hint, each) for hint, each in zip(hints, value, strict=True))
    return None if None in found else found
