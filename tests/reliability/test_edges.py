"""Decks at the edge of what is allowed: some of those of the soak, and one that is judged wrongly on purpose."""

import pytest

from tests.soak import edges


@pytest.mark.promise("decks at the edge of what is allowed: refused clearly, right, or failed clearly with data intact")
@pytest.mark.parametrize("edge", edges.QUICK, ids=str)
def test_edge(edge, tmp_path):
    problem, _ = edges.attempted(edge, tmp_path / "run")
    assert problem == ""


def test_the_judge_sees_wrong_numbers(tmp_path):
    """Charges and a voltage that are not those of the drive, a balance that is open."""
    edge = edges.Edge("plating", ())
    assert edges.attempted(edge, tmp_path / "run") == ("", "done")
    run = edges.open_run(tmp_path / "run")
    deck, history = edges.load_deck(tmp_path / "run.toml"), dict(run.history)
    laws = edges._faraday, edges._flat_cell, edges._closed
    assert [problem for law in laws for problem in law(deck, history)] == []
    for head, factor in (
        ("Charge passed [C/m2]", 1 + 1e-5), ("Charge plated [C/m2]", 1 - 1e-5), ("Cell voltage [V]", 1.05),
    ):  # fmt: skip
        wrong = history | {head: history[head] * factor}
        assert any(problem for law in laws for problem in law(deck, wrong)), head
    assert list(edges._closed(deck, history | {"Charge closure [1]": history["Charge passed [C/m2]"]}))
