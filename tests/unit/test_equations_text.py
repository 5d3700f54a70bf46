"""equations.txt holds every equation that was solved, those of the models that a model is built on too."""

import re

import pytest

from phasefield.engines.factory import make_engine
from phasefield.physics.common.model import Model
from phasefield.physics.crack import model as crack
from phasefield.physics.interphase import consumed_coating, reaction_degree
from phasefield.physics.interphase import model as interphase
from phasefield.physics.plating import model as plating
from phasefield.physics.plating_interphase import host
from phasefield.physics.plating_interphase import model as plating_interphase
from phasefield.physics.registry import build
from phasefield.physics.voids import model as voids
from phasefield.physics.wetting import model as wetting
from phasefield.run.provenance import equations_text, explanations
from tests.verification.test_host import IONIC, deck

BASES = {
    plating.Plating: [plating],
    wetting.Wetting: [wetting],
    crack.LithiumCrack: [crack],
    voids.VoidInterface: [voids],
    reaction_degree.ReactionDegree: [interphase, reaction_degree],
    consumed_coating.ConsumedCoating: [interphase, reaction_degree, consumed_coating],
    host.PlatingInHost: [interphase, plating_interphase, host],
}


@pytest.mark.parametrize("model", BASES, ids=lambda model: model.__name__)
def test_equations_of_all_bases(model):
    """Each numbered equation of each module, the base's first, and each text once."""
    texts = explanations(model)
    assert len(texts) == len(BASES[model])
    for text, module in zip(texts, BASES[model], strict=True):
        numbered = re.findall(r"&\(\d\)", module.__doc__)
        assert [number for number in numbered if number in text] == numbered


def test_a_model_of_no_module_has_no_text():
    assert explanations(type("Mine", (Model,), {"__module__": "nowhere"})) == []


def test_a_run_with_a_host_prints_what_it_solves():
    """(5) adds to (3) and (4), and all of (1) to (5) are there; and the terms of each unknown."""
    case = build(deck(IONIC, 1e-3))
    engine = make_engine("fipy", case.model, case.deck.domain.cells, case.spacing)
    text = equations_text(engine)
    assert [number for number in "12345" if f"&({number})" not in text] == []
    assert set(engine.equations) == {"xi", "psi", "theta", "phi_i", "phi_e"}
    assert all(f"\n({name})  " in text for name in engine.equations)
    assert text.index("&(3)") < text.index("&(5)") < text.index("FiPy terms")
