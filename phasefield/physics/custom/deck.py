"""The general deck, for every model that is a single class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from phasefield.deck.base import Duration, Inconsistent, Section
from phasefield.deck.cell import Domain
from phasefield.deck.common import Deck
from phasefield.deck.explain import nearest
from phasefield.deck.operation import ALL
from phasefield.errors import Problem
from phasefield.physics import registry
from phasefield.physics.custom.parameters import read, written
from phasefield.units import Dimensional

if TYPE_CHECKING:
    from phasefield.physics.common.model import Model

#: A wider range than in shipped models, since the unit of length of a model in plain numbers is 1 m.
Extent = Annotated[float, Dimensional("m", least=1e-12, most=1e12)]


class Box(Domain):
    size: tuple[Extent, ...] = Field(strict=False, description="Size of the box, one length per dimension.")
    cell_size: Extent | None = Field(
        None, description="Edge of the cells, instead of `cells`; the size must be a multiple of it."
    )


class CustomStop(Section):
    time: Duration = Field(description="End of the run.")


class CustomDeck(Deck):
    """A model of another package, or of a script, in a box, for some time.

    Attributes
    ----------
    model : str
        Name, or value, of an entry point; of a script's model, its class and `registry.OF_SCRIPT`.
    parameters : dict
        Arguments of the model's constructor, in SI units.
    domain, stop
        Sections of the file, beside those of every deck.
    """

    model: str = Field(description="Which model: the name of an installed entry point, or its value.")
    parameters: dict[str, Any] = Field(
        {}, strict=False, validate_default=True, description="Arguments of the model's constructor, by their names."
    )
    domain: Box = Field(description="Box and mesh.")
    stop: CustomStop = Field(description="When the run ends.")

    _physics: Any = PrivateAttr(None)

    @field_validator("model")
    @classmethod
    def _of_the_class(cls, name: str, info: ValidationInfo) -> str:
        """For the model of a script, the name of its class."""
        physics = (info.context or {}).get("physics")
        if physics is not None and name not in names_of(type(physics)):
            raise ValueError(f"the model given is of the class {type(physics).__name__}")
        return name

    @field_validator("parameters")
    @classmethod
    def _by_the_constructor(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Parameters in SI units; for the model of a script, the arguments with which it was made."""
        physics = (info.context or {}).get("physics")
        if physics is not None and (problems := list(_other_parameters(given, physics))):
            raise Inconsistent(problems)
        name = info.data.get("model", "")
        if (installed := registry.model_class(name)) is None:
            return given  # the model of a script has them already
        arguments, problems = read(installed, given)
        if problems:
            raise Inconsistent(problems)
        return arguments

    def model_post_init(self, context: Any) -> None:
        """Keep the model of a script; it is not part of the deck that is sent to other ranks."""
        self._physics = (context or {}).get("physics")

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        return state | {"__pydantic_private__": {"_physics": None}}

    def attach(self, physics: Model | None) -> None:
        """Use the model of a script, which each rank has made; with None, that of the entry point."""
        self._physics = physics

    @property
    def physics(self) -> Model:
        """The model; made at first use.

        Raises
        ------
        Exception
            Any error of the constructor.
        """
        if self._physics is None:
            installed = registry.model_class(self.model)
            assert installed is not None, "the model of a script is given by the script"
            self._physics = installed(**self.parameters)
        return self._physics

    @property
    def planned_time(self) -> float:
        """End of the run [s]."""
        return self.stop.time

    @property
    def possible_fields(self) -> tuple[str, ...]:
        """Names of the model's fields."""
        return tuple(names_of_fields(self.physics))

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if "conditions" in self.model_fields_set:
            yield Problem("conditions", "has no effect on this model; its temperature is one of its parameters, if any")
        try:
            physics = self.physics
        except Exception as error:
            yield Problem("parameters", f"{self.model} cannot be made of them: {type(error).__name__}: {error}")
            return
        yield from self._problems_of(physics)

    def _problems_of(self, physics: Model) -> Iterator[Problem]:
        names = names_of_fields(physics)
        if not physics.fields or len(set(names)) < len(names):
            yield Problem("model", f"must have fields, each with a different name; has {', '.join(names) or 'none'}")
        if self.time.max_step is None and not any(f.controls_step for f in physics.fields):
            yield Problem(
                "time.max_step", "is required: no field of the model has controls_step=True, so no error limits steps"
            )
        for index, name in enumerate(self.output.fields):
            if name not in (*names, ALL):
                near = nearest(name, names)
                hint = f'; did you mean "{near}"?' if near else f"; it has {', '.join(names)}"
                yield Problem(f"output.fields.{index}", f"the model has no such field{hint}")


def names_of_fields(physics: Model) -> list[str]:
    """Names of the unknowns, then of the fields fixed in time."""
    return [*(f.name for f in physics.fields), *(f.name for f in physics.static)]


def names_of(model: type[Model]) -> tuple[str, ...]:
    """Names of a class in decks: its entry point, if it has one, or that of a script's class."""
    installed = registry.installed_as(model)
    found = () if installed is None else (installed, f"{model.__module__}:{model.__qualname__}")
    return (*found, model.__name__ + registry.OF_SCRIPT)


def _other_parameters(noted: dict[str, Any], physics: Model) -> Iterator[Problem]:
    """Problems of parameters that differ between a deck and the model of a script."""
    given = written(physics)
    (before, problems), (now, _) = read(type(physics), noted), read(type(physics), given)
    if problems:  # values that a deck cannot hold are given by name
        before, now = noted, given
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield Problem(name, f"the model given has {given.get(name)!r} here; make it with the values of the deck")


DECK = CustomDeck
