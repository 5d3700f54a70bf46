"""The parameters of a model's constructor: read from a deck, and written into one."""

from __future__ import annotations

import inspect
from typing import Any, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from phasefield.deck.explain import explain
from phasefield.deck.keys import Key, keys
from phasefield.errors import Problem
from phasefield.physics.registry import BrokenModel

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class _Parameters(BaseModel):
    """Base of the schemas; defaults are those of the constructor, already in SI units."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True, protected_namespaces=()
    )


def section(model: type) -> type[BaseModel]:
    """Schema of the section ``[parameters]`` of a model's decks, from the signature of its constructor.

    A parameter annotated with a dimensional type of :mod:`phasefield.deck.base`, or with
    ``Annotated[float, phasefield.Dimensional("m^2/s")]``, is a text with a unit in a deck, and a number in SI units in
    Python. Any other is used unchanged.
    """
    try:
        hints = get_type_hints(model.__init__, include_extras=True)  # type: ignore[misc]
    except Exception as error:
        raise BrokenModel(f"{model.__name__}: the types of its constructor cannot be read: {error}") from error
    found: dict[str, Any] = {}
    for parameter in _parameters(model):
        kind = hints.get(parameter.name, Any)
        default = ... if parameter.default is parameter.empty else parameter.default
        found[parameter.name] = (kind, Field(default, strict=False if get_origin(kind) is tuple else None))
    return create_model(model.__name__, __base__=_Parameters, **found)


def read(model: type, given: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Arguments of a model's constructor from the values in a deck, and their problems."""
    schema = section(model)
    try:
        values = schema.model_validate(given)
    except ValidationError as error:
        return {}, explain(error, given, schema)
    return {name: value for name in schema.model_fields if _is_plain(value := getattr(values, name))}, []


def written(model: Any) -> dict[str, Any]:
    """The arguments of a model's constructor as in a deck; values that a deck cannot hold, by name."""
    unit_of, arguments = units(type(model)), _bound(type(model), *model.arguments)
    return {name: _written(value, unit_of.get(name)) for name, value in arguments.items() if value is not None}


def can_be_read_back(model: Any) -> bool:
    """Whether a deck can hold the arguments of a model's constructor exactly."""
    arguments, problems = read(type(model), written(model))
    before, after = _bound(type(model), *model.arguments), _bound(type(model), (), arguments)
    return not problems and _is_plain(list(before.values())) and _lists(before) == _lists(after)


def _bound(model: type, positional: tuple, named: dict[str, Any]) -> dict[str, Any]:
    """Arguments by name, defaults included."""
    bound = inspect.signature(model.__init__).bind_partial(None, *positional, **named)  # type: ignore[misc]
    bound.apply_defaults()
    return {p.name: bound.arguments.get(p.name) for p in _parameters(model)}


def _lists(value: Any) -> Any:
    """The value with lists instead of tuples, as in TOML."""
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _parameters(model: type) -> list[inspect.Parameter]:
    every = list(inspect.signature(model.__init__).parameters.values())[1:]  # type: ignore[misc]
    return [parameter for parameter in every if parameter.kind in _NAMED]


def units(model: type) -> dict[str, str]:
    """SI units of those arguments of a model's constructor that have one."""
    found: list[Key] = list(keys(section(model)))
    return {key.name: key.unit for key in found if key.unit and not key.section}


def _written(value: Any, unit: str | None) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float | int) and not isinstance(value, bool) and unit:
        return f"{float(value)!r} {unit}"
    if isinstance(value, list | tuple):
        return [_written(item, unit) for item in value]
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return f"an array of {value.shape}"
    return f"<{getattr(value, '__qualname__', type(value).__qualname__)}>"


def _is_plain(value: Any) -> bool:
    """Whether JSON can hold a value."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
