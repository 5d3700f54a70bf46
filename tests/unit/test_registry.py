"""Models of other packages: only what an installed entry point names is ever imported."""

import sys
from pathlib import Path

import numpy as np
import pytest

from phasefield.check import report
from phasefield.deck import json_schema, load_deck
from phasefield.errors import DeckError
from phasefield.physics import registry
from phasefield.run import runner

MODEL = """
import phasefield

class Decay(phasefield.Model):
    fields = (phasefield.Field("u", "Amount", "1", lambda x: 1 + 0 * x[0], controls_step=True),)

    def __init__(self, rate: float, length: "Annotated[float, Dimensional('m', above=0)]" = 1e-6):
        if rate < 0:
            raise ValueError("a rate below zero is growth")
        super().__init__()
        self.rate = rate

    def equations(self, v, dt):
        from fipy import ImplicitSourceTerm, TransientTerm
        return {"u": TransientTerm(var=v.u) == -ImplicitSourceTerm(self.rate, var=v.u)}
"""
IMPORTS = "from typing import Annotated\nfrom phasefield import Dimensional\n"
#: A package with the modules of a shipped model.
ROOM = {
    "__init__.py": "",
    "deck.py": "from typing import Literal\nfrom phasefield.physics.wetting.deck import WettingDeck\n"
    "class DECK(WettingDeck):\n    model: Literal['room']\n",
    "case.py": "from phasefield.physics.wetting.case import build\n",
    "check.py": "from phasefield.physics.wetting.check import *\n",
    "columns.py": "from phasefield.physics.wetting.columns import COLUMNS, DERIVED\n",
}
DECK = """
model = "{model}"
[parameters]
rate = 2.0
[domain]
dimension = 1
size = ["8 um"]
cells = [8]
[stop]
time = "1 s"
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make modules and entry points importable, as pip would; the modules are forgotten afterwards."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    before = set(sys.modules)

    def install(points, name="other-package", **modules):
        made = site / f"{name}-1.0.dist-info"
        made.mkdir()
        (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{point} = {value}" for point, value in points.items()]
        (made / "entry_points.txt").write_text("\n".join(["[phasefield.models]", *lines]) + "\n")
        for module, text in modules.items():
            (site / f"{module}.py").write_text(text)

    yield install
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(site) in str(sys.modules[name].__file__):
            del sys.modules[name]


def problem(tmp_path, model, *overrides):
    """The one thing that is wrong with a deck."""
    path = tmp_path / "deck.toml"
    path.write_text(DECK.format(model=model))
    with pytest.raises(DeckError) as caught:
        load_deck(path, overrides)
    (found,) = caught.value.problems
    assert "\n" not in str(found)
    return found


@pytest.mark.parametrize("model", ["os:system", "here", "here:Decay", "site.here:Decay", "../here.py", "here.py:Decay"])
def test_what_is_not_installed_is_not_imported(tmp_path, monkeypatch, model):
    """A deck names a module of the standard library, or a file beside it: refused, with the models that there are."""
    (tmp_path / "here.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    found = problem(tmp_path, model)
    assert found.key == "model" and all(f'"{name}"' in found.message for name in registry.PACKAGES)
    assert not any("here" in name.split(".") for name in set(sys.modules) - before)


def test_a_class_by_name_and_by_value(tmp_path, install):
    """Its constructor's signature is the section [parameters]: defaults, units, nothing else."""
    install({"decay": "mine:Decay"}, mine=IMPORTS + MODEL)
    assert registry.names() == (*registry.PACKAGES, "decay")
    path = tmp_path / "deck.toml"
    for model in ("decay", "mine:Decay"):
        path.write_text(DECK.format(model=model))
        deck = load_deck(path, ["parameters.length=3 nm"])
        assert deck.parameters == {"rate": 2.0, "length": 3e-9}
        assert deck.physics.rate == 2.0
    assert "3 nm" in report(deck)
    assert "parameters" in json_schema("decay")["properties"]


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("parameters.rate=fast", "parameters.rate"),
        ("parameters.rate=", "parameters.rate"),
        ("parameters.ratte=1.0", "parameters.ratte"),
        ("parameters.length=3.0", "parameters.length"),
        ("parameters.length=3 K", "parameters.length"),
        ("parameters.rate=-1.0", "parameters"),  # what the constructor itself refuses
        ("parameters=1", "parameters"),
        ("output.fields=['v']", "output.fields.0"),
        ("conditions.temperature=300 K", "conditions"),
        ("output.times=['2 s']", "output.times"),
    ],
)
def test_wrong_parameters_are_one_problem(tmp_path, install, override, key):
    install({"decay": "mine:Decay"}, mine=IMPORTS + MODEL)
    assert problem(tmp_path, "decay", override).key == key


def test_a_model_whose_error_limits_no_step_needs_a_longest_one(tmp_path, install):
    install({"decay": "mine:Decay"}, mine=IMPORTS + MODEL.replace(", controls_step=True", ""))
    assert problem(tmp_path, "decay").key == "time.max_step"
    load_deck(tmp_path / "deck.toml", ["time.max_step=1 ms"])


def test_shipped_names_cannot_be_taken(tmp_path, install):
    install({"plating": "mine:Decay"}, mine="raise SystemExit('imported')\n")
    assert registry.names() == tuple(registry.PACKAGES)
    assert registry.schema("plating").__module__ == "phasefield.physics.plating.deck"
    assert problem(tmp_path, "mine:Decay").key == "model"


@pytest.mark.parametrize(
    "text",
    [
        "raise ValueError('one\\ntwo')",
        "import there_is_no_such_module",
        "Decay = 3",
        "def Decay(): pass",
        "syntax error",
        "Other = 1",
        "class Decay: pass",
    ],
)
def test_broken_packages_give_one_line(tmp_path, install, text):
    install({"decay": "mine:Decay"}, mine=text)
    found = problem(tmp_path, "decay")
    assert found.key == "model" and "mine:Decay of other-package" in found.message


def test_two_packages_with_one_name(tmp_path, install):
    install({"decay": "mine:Decay"}, mine=IMPORTS + MODEL)
    install({"decay": "yours:Decay"}, name="another", yours=IMPORTS + MODEL)
    found = problem(tmp_path, "decay")
    assert "mine:Decay of other-package" in found.message and "yours:Decay of another" in found.message
    (tmp_path / "deck.toml").write_text(DECK.format(model="yours:Decay"))
    assert type(load_deck(tmp_path / "deck.toml").physics).__module__ == "yours"


def test_a_package_with_the_modules_of_a_shipped_model(tmp_path, install):
    """It is built, checked and measured by its own modules; one that is missing is named."""
    install({"room": "room", "empty": "empty"})
    for package, files in {"room": ROOM, "empty": {"__init__.py": ""}}.items():
        (tmp_path / "site" / package).mkdir()
        for name, text in files.items():
            (tmp_path / "site" / package / name).write_text(text)
    shipped = (Path(__file__).parents[2] / "inputs" / "wetting_lithiophilic.toml").read_text()
    (tmp_path / "wet.toml").write_text(shipped.replace('model = "wetting"', 'model = "room"'))
    deck = load_deck(tmp_path / "wet.toml")
    assert type(deck).__module__ == "room.deck" and "contact angle" in report(deck)
    assert type(registry.build(deck)).__name__ == "WettingCase" and registry.columns("room")
    assert "empty.deck" in problem(tmp_path, "empty").message


def test_run_of_an_installed_class(tmp_path, install):
    """u falls by 1/(1 + 2dt) in each step of implicit Euler, to the tolerance of the solver; by exp(−2t) to 3 %, and
    with BDF2 to 0.5 %."""
    install({"decay": "mine:Decay"}, mine=IMPORTS + MODEL)
    (tmp_path / "deck.toml").write_text(DECK.format(model="decay"))
    run = runner.run(tmp_path / "deck.toml", tmp_path / "second", overrides=["time.tolerance=5e-5"])
    assert run.snapshot(-1)["u"] == pytest.approx(np.exp(-2.0), rel=0.005)
    first = ["time.tolerance=1e-4", "time.method=implicit-euler"]
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=first)
    steps = 1 / (1 + 2.0 * run.history["Time step [s]"][1:])
    assert run.snapshot(-1)["u"] == pytest.approx(np.prod(steps), rel=1e-6)
    assert run.snapshot(-1)["u"] == pytest.approx(np.exp(-2.0), rel=0.03)
