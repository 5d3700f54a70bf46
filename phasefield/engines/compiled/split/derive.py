"""What a split step computes, derived from the model's FiPy terms: expressions in cells, and the balance of charge."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NamedTuple

from fipy import CellVariable, Variable

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.expressions import Node
from phasefield.engines.compiled.leaves import Leaf
from phasefield.engines.compiled.stencil import Assembler, Balance
from phasefield.engines.compiled.trace import Tracer
from phasefield.errors import TraceError

#: Numbers of a stage: factors of the last stage, of the one before, of the start, of its rate and of the stage's own
#: rate; and how far ahead the reaction's time is, see `OF_CHARGE`.
NUMBERS = ("last", "earlier", "start", "first", "own", "ahead")
#: Arrays that only the stages read: the field at the start of the step, its rate there, and two stages ago.
OF_STAGES = ("start", "first", "earlier")
#: Arrays in single precision that the balance of charge reads: the last known reaction and the one before, from which
#: the stages expect known + ahead (known − before); the reaction and its slope at the potential's first guess, and this
#: guess; the field's mean rate of the stages. Charge is what the same numbers say on both sides, so it closes to the
#: round-off of its sums.
OF_CHARGE = ("known", "before", "reaction", "slope", "guess", "gained")
#: One in double precision: what the mean rate is more than the rate in the middle.
MISSED = "missed"


class Derived(NamedTuple):
    """Expressions by the name of the function that writes them, the balance of charge, and what is read.

    Attributes
    ----------
    formulas : dict of tuple of Node
    charge : Balance
        Of one unknown, the potential.
    potential : Node
    numbers : dict of Leaf
        `NUMBERS`, by name.
    """

    formulas: dict[str, tuple[Node, ...]]
    charge: Balance
    potential: Node
    numbers: dict[str, Leaf]


def kept(mesh) -> dict[str, CellVariable]:
    """FiPy variables of all arrays by name; the tracer must know each as ``("split", name)``."""
    return {name: CellVariable(mesh=mesh, name=name) for name in (*OF_STAGES, *OF_CHARGE, MISSED)}


def derive(model, v, tracer: Tracer, arrays: dict[str, CellVariable], dt: Variable, unknowns) -> Derived:
    """All of a split step.

    Parameters
    ----------
    model : Model
        With a `split`.
    v : SimpleNamespace
        FiPy variables that the model's equations are declared with.
    tracer : Tracer
    arrays : dict of fipy.CellVariable
        Those of :func:`kept`.
    dt : fipy.Variable
        Length of the step.
    unknowns : sequence of fipy.CellVariable
    """
    split, own = model.split, {name: tracer.cell(variable) for name, variable in arrays.items()}
    names = [f.name for f in model.fields]
    field, potential = names.index(split.field), names.index(split.potential)
    assembler = Assembler(tracer, unknowns, dt, Variable(value=0.0), newton=True)
    φ = assembler.nodes[potential]
    present = SimpleNamespace(**vars(v))
    present.lag, present.metal, present.piece = 0.0, 0.0, None
    setattr(present, split.predicted, getattr(v, split.field))

    given = arrays["known"]
    front = assembler.balance(_equations(model, present, dt, given)[split.field], unknowns[field])
    if set(front.rates) != {field}:
        raise TraceError(f"the equation of {split.field} must have one rate of change, its own")
    rate = -(front.density + ex.divergence([front.flux[axis] for axis in range(tracer.dim)])) / front.rates[field]
    known = own["known"]
    slope = ex.derivative(rate, known)

    reaction = tracer.cell(split.reaction(present))
    numbers = {name: Leaf(Variable(value=0.0, name=name)) for name in NUMBERS}
    at = {name: ex.node("scalar", data=leaf, place="any") for name, leaf in numbers.items()}
    expected = known + at["ahead"] * (known - own["before"])
    stage_rate = ex.replaced(rate, lambda leaf: expected if leaf is known else leaf)
    combined = at["last"] * assembler.nodes[field] + at["earlier"] * own["earlier"] + at["start"] * own["start"]
    stage = combined + at["first"] * own["first"] + at["own"] * stage_rate

    follows = arrays["reaction"] + arrays["slope"] * (getattr(v, split.potential) - arrays["guess"])
    linear = tracer.cell(follows)
    balance = assembler.balance(_equations(model, present, dt, follows)[split.potential], unknowns[potential])
    gain = own["gained"] + slope * (linear - expected)
    rates = balance.rates[field]
    start = assembler.nodes[field] - assembler.dt * own["gained"]  # such that the change in a step is this rate

    def given_rate(node: Node) -> Node:
        return ex.replaced(node, lambda leaf: start if leaf is old else leaf, memo)

    old = tracer.cell(unknowns[field].old)
    memo: dict[Node, Node] = {}
    charge = Balance(density=given_rate(balance.density) + rates * gain + (split.stored - rates) * own[MISSED])
    charge.by_cell[0] = given_rate(balance.by_cell[potential]) + rates * ex.derivative(gain, φ)
    for axis in range(tracer.dim):
        charge.flux[axis] = given_rate(balance.flux[axis])
        for side in (0, 1):
            charge.by_side[axis, 0, side] = given_rate(balance.by_side[axis, potential, side])
    formulas = {
        "rate": (stage_rate,),
        "stage": (stage,),
        "reactions": (reaction, ex.derivative(reaction, φ)),
        "gain": (gain, linear),
    }
    return Derived(formulas, charge, φ, numbers)


def _equations(model, v, dt, reaction):
    """The model's equations with a given reaction."""
    v = SimpleNamespace(**vars(v))
    v.reaction = reaction
    return model.equations(v, dt)
