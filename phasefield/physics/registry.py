"""Registry of models: the shipped ones, and those of other installed packages.

Another package registers its model by an entry point of the group ``phasefield.models``. The entry point names either a
subclass of :class:`phasefield.Model`, whose deck is the general one of :mod:`phasefield.physics.custom`, or a package
with the same modules as a shipped model (``deck``, ``case``, ``check``). A deck can only choose among installed entry
points: nothing else that it names is imported.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TYPE_CHECKING, Any

from phasefield.errors import PhasefieldError

if TYPE_CHECKING:
    from phasefield.deck.common import Deck
    from phasefield.physics.common.case import Case
    from phasefield.physics.common.columns import Column, Derived
    from phasefield.physics.common.model import Model

#: Package of each model, by the deck's ``model``; the first is the default.
PACKAGES = {
    name: f"phasefield.physics.{name.replace('-', '_')}"
    for name in ("plating", "interphase", "plating-interphase", "contact", "wetting", "crack", "voids")
}
DEFAULT = next(iter(PACKAGES))

#: Group of the entry points by which other packages register their models.
GROUP = "phasefield.models"

#: Package of all models that are a single class.
CUSTOM = "phasefield.physics.custom"

#: Ending of the name, in the deck of a run, of a script's model without an entry point.
OF_SCRIPT = " (script)"


class BrokenModel(PhasefieldError):
    """A model of another package cannot be used."""

    exit_code = 2


def names() -> tuple[str, ...]:
    """Possible values of a deck's ``model``: shipped models, then installed ones, without importing any."""
    return (*PACKAGES, *sorted({point.name for point in _points()}))


def known(model: str) -> bool:
    """Whether a model exists: shipped, or the name or the value of an entry point."""
    return model in PACKAGES or any(_points(model))


def part(model: str, name: str) -> ModuleType:
    """A module of a model's package, imported at first use, so that other models do not slow the start.

    Raises
    ------
    BrokenModel
        The model belongs to another package, and cannot be used.
    """
    if model in PACKAGES:
        return import_module(f"{PACKAGES[model]}.{name}")
    found = _loaded(model)
    if not isinstance(found, ModuleType):
        return import_module(f"{CUSTOM}.{name}")
    module = getattr(found, name, None)
    return module if isinstance(module, ModuleType) else _imported(f"{found.__name__}.{name}")


def schema(model: str) -> type[Deck]:
    """The class of a model's decks; raises as `part`."""
    return _of_part(model, "deck", "DECK")


def custom_schema() -> type[Deck]:
    """The deck class of all models that are a single class."""
    return import_module(f"{CUSTOM}.deck").DECK


def columns(model: str) -> tuple[Column, ...]:
    """Columns of a model, without those of every run; raises as `part`."""
    if (own := model_class(model)) is not None:
        return own.columns
    return part(model, "columns").COLUMNS


def derived(model: str) -> tuple[Derived, ...]:
    """Numbers from a model's deck that tables show; raises as `part`."""
    if model_class(model) is not None:
        return ()
    return part(model, "columns").DERIVED


def build(deck: Deck) -> Case:
    """The case of a validated deck; raises as `part`."""
    return _of_part(deck.model, "case", "build")(deck)


def installed_as(model: type[Model]) -> str | None:
    """The name of the entry point of a class, if it has one."""
    value = f"{model.__module__}:{model.__qualname__}"
    return next((point.name for point in _points(value)), None)


def model_class(model: str) -> type[Model] | None:
    """The class that the entry point of a model names; None if the model is a package. Raises as `part`."""
    found = None if model in PACKAGES else _loaded(model)
    return found if isinstance(found, type) else None


def _points(model: str | None = None) -> list[EntryPoint]:
    """Entry points of all models, or of those with a name or a value; none can take the name of a shipped model."""
    every = [point for point in entry_points(group=GROUP) if point.name not in PACKAGES]
    return [point for point in every if model is None or model in (point.name, point.value)]


def _loaded(model: str) -> Any:
    """Object that the entry point of a model names; None if it has none, as the model of a script."""
    points = _points(model)
    if len({point.value for point in points}) > 1:
        found = ", ".join(f"{point.value} of {_origin(point)}" for point in points)
        raise BrokenModel(f'several installed packages have a model "{model}": {found}; give the value instead')
    if not points:
        return None
    point = points[0]
    called = f"{point.value} of {_origin(point)}"
    try:
        found = point.load()
    except Exception as error:
        raise _broken(called, error) from error
    from phasefield.physics.common.model import Model  # the base of all models, of no physics

    if isinstance(found, ModuleType) or (isinstance(found, type) and issubclass(found, Model)):
        return found
    raise BrokenModel(
        f"{called} must be a subclass of phasefield.Model, or a package with the modules deck, case and check; "
        f"it is of type {type(found).__name__}"
    )


def _of_part(model: str, name: str, attribute: str) -> Any:
    module = part(model, name)
    if not hasattr(module, attribute):
        raise BrokenModel(f"{module.__name__} has no {attribute}; every model has one there")
    return getattr(module, attribute)


def _imported(module: str) -> ModuleType:
    try:
        return import_module(module)
    except Exception as error:
        raise _broken(module, error) from error


def _broken(what: str, error: Exception) -> BrokenModel:
    reason = str(error).partition("\n")[0]
    return BrokenModel(f"{what} cannot be imported: {type(error).__name__}: {reason}")


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown distribution"
