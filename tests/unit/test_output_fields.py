"""Which fields snapshots hold: those that a deck names, all for "all", and none in silence."""

from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.check import needs
from phasefield.check.resources import written
from phasefield.deck import parse_deck
from phasefield.engines.grid import Grid
from phasefield.errors import DeckError, RunError
from phasefield.physics.common.model import Field
from phasefield.physics.registry import build
from phasefield.run.snapshots import Snapshots
from tests.errors import refused
from tests.reliability.restarts import MODELS


def parse(model, *more):
    text, overrides = MODELS[model]
    return parse_deck(text, "deck", [*overrides, *more])


class Engine:
    """Fields of ones, and a flux along each axis."""

    def __init__(self, model, spacing=(1.0, 1.0)):
        self.model, self.grid = model, Grid((4,) * len(spacing), [np.ravel(h)[0] for h in spacing])
        self.box, self.comm = self.grid.box, self.grid.comm

    def owned(self, name):
        return np.ones(self.box.owned_shape)

    def cell_flux(self, name):
        return [self.owned(name)] * len(self.box.shape)


def names_of(case):
    """All fields that the snapshots of a case may hold."""
    declared = {field.name for field in (*case.model.fields, *case.model.static)}
    return declared | set(case.derived_fields(Engine(case.model, case.spacing)))


@pytest.mark.parametrize("model", MODELS)
def test_a_deck_knows_which_fields_its_run_has(model):
    """The possible fields of the physics without the absent ones; the predicted disk space counts the same number."""
    deck = parse(model, "output.fields=all")
    names = names_of(build(deck))
    assert names == set(deck.output.possible()) - set(deck.absent_fields)
    assert written(deck) == len(names)
    usual = parse(model)
    more = (len(deck.snapshot_times) + 2) * np.prod(deck.domain.shape) * 8 * (written(deck) - written(usual))
    assert needs(deck).disk - needs(usual).disk == more


def test_extra_fields_are_written_on_demand_only():
    """The factor on the exchange current, of a film that changes it, is not among the usual ones."""
    film = ("coating.thickness=5 nm", "coating.conductivity=1e-7 S/m", "coating.exchange_current_factor=0.1")
    usual, every = parse("plating", *film), parse("plating", *film, 'output.fields="all"')
    assert "exchange" not in usual.output.fields and "exchange" in names_of(build(every))
    assert written(every) == written(usual) + 1


@pytest.mark.parametrize(
    ("key", "fields", "names"),
    [
        ("output.fields.0", "every", ("every", '"phi"', '"all"')),
        ("output.fields.1", "['xi', 'ksi']", ("ksi", '"phi"', '"all"')),
        ("output.fields", "['all', 'xi']", ('["all", "xi"]', '"all"')),
        ("output.fields", "['conductivity']", ('"conductivity"', "heterogeneity")),
        ("output.fields", "['iz']", ('"iz"', "axis")),
        ("output.fields", "['exchange']", ('"exchange"',)),
    ],
)
def test_a_name_that_no_field_has_is_an_error(key, fields, names):
    with refused(DeckError, key, *names):
        parse("plating", f"output.fields={fields}")


@pytest.mark.parametrize(
    ("model", "name"),
    [("interphase", "consumed"), ("plating-interphase", "host"), ("contact", "conductivity"), ("wetting", "q")],
)
def test_a_field_that_this_run_has_not_is_an_error(model, name):
    deck = parse(model)
    if name not in deck.absent_fields:
        pytest.fail(f"{model}: the deck of this test has {name}")
    with refused(DeckError, "output.fields", f'"{name}"') as caught:
        parse(model, f"output.fields=['{name}']")
    assert deck.absent_fields[name] in str(caught.value)


def snapshots_of(names):
    """What is written of a model with one unknown, one static and one derived field."""
    unknown, static = (Field(name, name, "1", np.zeros_like, scale=scale) for name, scale in (("u", 2.0), ("s", 1.0)))
    engine = Engine(SimpleNamespace(fields=(unknown,), static=(static,)))
    case = SimpleNamespace(
        derived_fields=lambda engine: {"aside": np.zeros(3)},
        deck=SimpleNamespace(absent_fields={"nowhere": "of a reason"}),
        scales=SimpleNamespace(time=1.0),
    )
    held = []
    file = SimpleNamespace(names=(), append=lambda time, fields: held.append(fields))
    Snapshots(engine, case, file, [0.0], lambda: False, names).write(SimpleNamespace(step=0, time=0.0))
    return held[0]


def test_what_a_snapshot_holds():
    assert list(snapshots_of(("all",))) == ["u", "s", "aside"]
    assert snapshots_of(("all",))["u"] == pytest.approx(2.0)
    assert list(snapshots_of(("aside", "u", "nowhere"))) == ["u", "aside"]
    with refused(RunError, "unknown-name", "output.fields", "'aisde'", "u, s, aside"):
        snapshots_of(("aisde",))
