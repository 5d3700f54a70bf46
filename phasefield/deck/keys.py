"""The keys of a deck from its schema, for errors, editors and documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from phasefield.units import Dimensional


class Key(NamedTuple):
    """One key of one section; `section` is dotted, with ``[]`` after a list of tables."""

    section: str
    name: str
    field: FieldInfo

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}".lstrip(".")

    @property
    def unit(self) -> str | None:
        """SI unit; None for a key that is not dimensional."""
        found = [part for part in _parts(self.field) if isinstance(part, Dimensional)]
        return found[0].unit if found else None

    @property
    def tables(self) -> list[type[BaseModel]]:
        """The models behind a key that is a table, or a list of tables; several if it may be one of them."""
        found = [p for p in _parts(self.field) if isinstance(p, type) and issubclass(p, BaseModel)]
        return list(dict.fromkeys(found))

    @property
    def table(self) -> type[BaseModel] | None:
        """The first of them."""
        return next(iter(self.tables), None)

    @property
    def is_deck(self) -> bool:
        """Whether it is a complete deck of another model, whose keys are listed separately."""
        return self.table is not None and "model" in self.table.model_fields

    @property
    def is_list(self) -> bool:
        return any(get_origin(part) is tuple for part in _parts(self.field))

    @property
    def kind(self) -> str:
        """JSON schema type of a key that is not dimensional, not a table and not a choice."""
        words = {dict: "object", str: "string", bool: "boolean", int: "integer", float: "number"}
        return next(words[kind] for part in _parts(self.field) if (kind := get_origin(part) or part) in words)

    @property
    def choices(self) -> tuple[Any, ...]:
        """The words or numbers allowed, if they are few."""
        found = [get_args(part) for part in _parts(self.field) if get_origin(part) is Literal]
        return found[0] if found else ()


def _parts(field: FieldInfo) -> Iterator[Any]:
    """Everything inside a field's type: members of unions and tuples, and their annotations."""
    yield from field.metadata
    yield from _inside(field.annotation)


def _inside(annotation: Any) -> Iterator[Any]:
    yield annotation
    if get_origin(annotation) is not Literal:
        for part in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
            yield from _inside(part)


def keys(model: type[BaseModel]) -> Iterator[Key]:
    """Every key of a deck, section by section; tables inside their own kind are left out."""
    yield from _keys((model,), "", ())


def _keys(models: Sequence[type[BaseModel]], section: str, outer: tuple[type[BaseModel], ...]) -> Iterator[Key]:
    own = [Key(section, name, field) for model in models for name, field in model.model_fields.items()]
    yield from own
    for key in own:
        if inner := [table for table in key.tables if table not in outer]:
            yield from _keys(inner, key.path + "[]" * key.is_list, (*outer, *inner))
