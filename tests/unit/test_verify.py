"""`phasefield verify`: its verdicts, its page, its exit codes; with cases made here, which run nothing."""

import json
import math
import sys
from collections import Counter
from pathlib import Path

import pytest

from phasefield import cli
from phasefield.errors import RunError, Stopped
from phasefield.verify import command, outcome, page, registry
from phasefield.verify.case import Case, Quantity, Source, extrapolated
from tests.errors import refused

ROOT = Path(__file__).parents[2]


def case(name="made", deviation=0.0, bound=0.01, error=None, **given):
    """A case with the number 2, whose error falls with the square of the size, and from 0.1 on by `deviation`."""

    def measure(size, folder):
        if error:
            raise error
        return (2.0 * (1 + deviation * (size / 0.1) ** 2),)

    return Case(**{
        "name": name, "title": f"The {name} | case", "tests": "Two is *two*.",
        "sources": (Source("A. Uthor, J. Numbers 1 (1999) 2", "10.1000/two"),),
        "quantities": (Quantity("Two", "m", lambda: 2.0, bound),), "measure": measure,
        "sizes": (0.2, 0.1), "size_means": "cells [m]", "order": 2, **given,
    })  # fmt: skip


@pytest.fixture
def verify(monkeypatch, tmp_path, capsys):
    """Call the command with some cases: its exit code, and the page as data."""

    def call(cases, *arguments):
        monkeypatch.setattr(registry, "cases", lambda: cases)
        with pytest.raises(SystemExit) as caught:
            cli.main(["verify", "-o", str(tmp_path / "out"), *arguments])
        return caught.value.code or 0, json.loads((tmp_path / "out" / "verify.json").read_text())

    return call


@pytest.mark.parametrize("order", [1, 2, 1.5])
def test_extrapolation(order):
    """A result 3 + 5h^p has the limit 3, whatever the ratio of the sizes."""
    for ratio in (2.0, 1.5, 4.0):
        assert extrapolated(3 + 5 * ratio**order, 3 + 5, ratio, order) == pytest.approx(3)


def test_a_case_that_holds(verify):
    code, found = verify([case(deviation=0.009)])
    (number,) = found["cases"][0]["numbers"]
    assert (code, found["within"], found["total"]) == (0, 1, 1)
    assert number["deviation"] == pytest.approx(0.009)
    assert number["coarse"] == pytest.approx(2 * 1.036)
    assert number["extrapolated"] == pytest.approx(2.0)


@pytest.mark.parametrize("deviation", [0.011, -0.011, math.nan])
def test_a_miss(verify, tmp_path, deviation):
    """Its sign does not matter, and what is no number is a miss. The page and the exit code say so."""
    code, found = verify([case("good"), case("bad", deviation)])
    assert (code, found["within"], found["total"]) == (1, 1, 2)
    assert [c["held"] for c in found["cases"]] == [True, False]
    for kind in ("md", "html"):
        assert "bad" in (tmp_path / "out" / f"verify.{kind}").read_text().split("Missed:")[1].splitlines()[0]


def test_the_scale_of_a_deviation(verify):
    """A number that should be 0 is judged relative to a scale."""
    zero = case(quantities=(Quantity("Nothing", "V", 0.0, 0.5, scale=5.0),))
    code, found = verify([zero])
    assert (code, found["cases"][0]["numbers"][0]["deviation"]) == (0, pytest.approx(0.4))


def test_a_run_that_fails_is_a_miss_and_the_others_go_on(verify):
    code, found = verify([case("broken", error=ValueError("no root in [0, 1]")), case("good")])
    assert (code, found["within"], found["total"]) == (1, 1, 2)
    assert "no root in [0, 1]" in found["cases"][0]["failure"] and found["cases"][1]["held"]


def test_a_stopped_run_stops_all(tmp_path):
    """What was asked to stop is no miss."""
    with pytest.raises(Stopped):
        outcome.run(case(error=Stopped("stopped")), tmp_path)


def test_a_process_that_dies_is_a_miss(verify, monkeypatch):
    """Beside others, each case has a process of its own; the page says how it ended, and where its output is."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    code, found = verify([case("one"), case("two")], "--jobs", "2")
    assert (code, found["within"], found["total"]) == (1, 0, 2)
    assert [c["name"] for c in found["cases"]] == ["one", "two"]
    assert all("ended with code 1" in c["failure"] and outcome.LOG in c["failure"] for c in found["cases"])


def test_cases_by_name(verify):
    short, long = case("short"), case("long", full=True)
    assert [c["name"] for c in verify([short, long])[1]["cases"]] == ["short"]
    assert [c["name"] for c in verify([short, long], "--full")[1]["cases"]] == ["short", "long"]
    assert [c["name"] for c in verify([short, long], "--only", "long")[1]["cases"]] == ["long"]


def test_an_unknown_case(monkeypatch):
    """Refused with the nearest name."""
    monkeypatch.setattr(registry, "cases", lambda: [case("sand-time"), case("ripple-decay")])
    with refused(RunError, "unknown-name", "'sandtime'", "'sand-time'"):
        registry.chosen(["sandtime"])


def test_a_folder_of_others_is_not_replaced(tmp_path):
    """Runs of an earlier time are."""
    runs = tmp_path / "runs" / "made"
    runs.mkdir(parents=True)
    (runs / "thesis.txt").write_text("years")
    with refused(RunError, "foreign-files", "runs/made"):
        command.verify([case()], tmp_path, "", print)
    assert (runs / "thesis.txt").exists()
    (runs / "thesis.txt").rename(runs / outcome.LOG)
    (runs / "old.txt").touch()
    command.verify([case()], tmp_path, "", print)
    assert not (runs / "old.txt").exists()


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "runs").touch()
    with refused(RunError, "unwritable", tmp_path):
        command.verify([case()], tmp_path, "", print)


def test_the_page_shows_texts_as_they_are():
    """HTML of a text is escaped, and its marks are closed."""
    made = outcome.Outcome(case(tests="a < b & c", note="<script>"), (), 1.0, "x > 1")
    shown = page.html([made], "phasefield verify")
    assert "a &lt; b &amp; c" in shown and "&lt;script&gt;" in shown and "x &gt; 1" in shown
    for tag in ("b", "i", "code"):
        assert shown.count(f"<{tag}>") == shown.count(f"</{tag}>") > 0


def test_the_page_in_the_repository_is_current():
    """docs/verify.md has every short case as it is now: what it tests, its sources, numbers and bounds, its note."""
    found = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    for c in registry.chosen():
        section, old = found.split(f"\n## {c.title}\n")[1].split("\n## ")[0], f"{c.name}: make verify-full"
        assert c.tests in section and c.note in section and c.size_means in section, old
        assert all(source.text in section and source.link in section for source in c.sources), old
        rows = {line.split(" | ")[0]: line.split(" | ") for line in section.splitlines() if line.startswith("| ")}
        for q in c.quantities:
            row = rows[f"| {q.name}" + (f" [{q.unit}]" if q.unit != "1" else "")]
            assert row[1] == f"{q.reference:.5g}" and row[7] == f"{100 * q.bound:g} %", old


def test_the_list(capsys):
    """All cases by name, the long ones marked; nothing runs."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["verify", "--list"])
    lines = capsys.readouterr().out.splitlines()
    assert caught.value.code in (0, None)
    assert [line.split()[0] for line in lines] == [c.name for c in registry.cases()]
    assert [line.split()[1] == "(--full)" for line in lines] == [c.full for c in registry.cases()]


def test_every_case_is_complete():
    """Names are unique, bounds are tight, sources lead somewhere, and references are numbers."""
    cases = registry.cases()
    assert max(Counter(c.name for c in cases).values()) == max(Counter(c.title for c in cases).values()) == 1
    for c in cases:
        assert c.sizes[0] > c.sizes[1] > 0 and c.order > 0
        assert any(source.link for source in c.sources), c.name
        for q in c.quantities:
            assert 0 < q.bound <= 0.2 and math.isfinite(q.reference), (c.name, q.name)
        assert not {"|", "\n"} & set(c.title + "".join(q.name for q in c.quantities))
