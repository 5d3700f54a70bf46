"""What a kernel computes once per step."""

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.schedule import constant, stages


def cell(name):
    return ex.node("cell", data=name, place="cell")


def test_the_largest_parts_without_unknowns():
    """Roots with two such parts and some that are cheaper to compute again."""
    u, old, k = cell("u"), cell("old"), cell("k")
    slow, slower = ex.node("exp", old * k), ex.node("sqrt", 1 + ex.node("log", k))
    roots = [u * slow + slower, (u - old) / ex.node("scalar", data="dt", place="any"), old * k + u, ex.node("exp", u)]
    assert constant(roots, [u]) == [slow, slower]


def test_parts_on_faces_are_stored_by_their_cells():
    """A face's cells; a divergence of constant fluxes is one part; prescribed fluxes are evaluated each time."""
    u, old = cell("u"), cell("old")
    value = ex.node("exp", old)
    flux = (ex.side(value, 1) - ex.side(value, 0)) * ex.side(u, 1)
    spread = ex.divergence([ex.side(value, 1) - ex.side(value, 0)])
    entering = ex.node("inflow", data="u", place="cell")
    assert constant([flux], [u]) == [value]
    assert constant([spread * u + entering / old], [u]) == [spread]
    assert stages([spread], [spread]) == [[value], [spread]]
