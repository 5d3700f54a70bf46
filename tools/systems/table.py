"""The findings as text: a table for the terminal, and ``inputs/systems/README.md``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from tools.systems.cathodes import SYSTEMS as CATHODES
from tools.systems.coated_flaws import SYSTEMS as COATED_FLAWS
from tools.systems.findings import Finding, System
from tools.systems.flaws import SYSTEMS as FLAWS
from tools.systems.lithium import SYSTEMS as LITHIUM
from tools.systems.plating import SYSTEMS as PLATING
from tools.systems.runs import DECKS

SYSTEMS: tuple[System, ...] = LITHIUM + PLATING + CATHODES + FLAWS + COATED_FLAWS
#: Numbers smaller than this count as zero, in any of the units.
NOTHING = 1e-20
ORIGINS = ("predicted", "calibrated", "input")
README, NUMBERS = DECKS / "README.md", DECKS / "numbers.json"

HEAD = """\
# The systems of the review

Of {compared} numbers beside a measured value, {predicted} are *predicted*: they follow without a choice that was made
for them. {calibrated} are *calibrated* on the measured value (an inverted conductivity, a contact fraction chosen to
meet a resistance), and {input} were put in (*input*): that these agree says nothing.

This page has pairs of materials from the review of interfaces in solid-state batteries by Gong and Gu (2020). One or a
few decks describe each pair. Every number below is a result of conductivities, potentials and geometry, unless its
*origin* says otherwise. The decks and `phasefield materials show NAME` say which of these inputs are estimates.

`make systems` runs all decks, prints the results beside the expected ranges, and writes this page and `numbers.json`.
`tests/verification/test_systems.py` checks one of each law. In the tables, *ratio* is the result divided by the
measured value, and *expected* is the range in which the result must lie.

"""


def findings(systems: Iterable[System] = SYSTEMS) -> Iterator[tuple[System, Finding]]:
    """All findings, each with its system."""
    for system in systems:
        for finding in system.findings:
            yield system, finding


def short(number: float | None) -> str:
    """Three digits, or a dash."""
    return "–" if number is None else f"{float(f'{number:.3g}'):g}"


def beside(finding: Finding, number: float) -> tuple[str, str, str, str, str]:
    """Number, measured value, their ratio, claim, and whether the claim holds."""
    measured = finding.measured
    claim = "–" if finding.claim is None else "{} to {}".format(*map(short, finding.claim))
    verdict = "–" if finding.claim is None else "held" if finding.holds(number) else "MISSED"
    return short(number), short(measured), short(measured and number / measured), claim, verdict


def origin(finding: Finding) -> str:
    """Where a number comes from: of those beside a measured value, and of those that were chosen to meet one."""
    words = {"predicted": "predicted", "input": "input", "calibrated": "calibrated on this number"}
    return "–" if finding.measured is None and finding.origin == "predicted" else words[finding.origin]


def table(systems: Iterable[System], numbers: Mapping[str, float]) -> str:
    """Lines of text, one per finding."""
    rows = [("system", "quantity", "result", "measured", "ratio", "expected", "")]
    rows += [(s.name, f.quantity, *beside(f, numbers[f.key])) for s, f in findings(systems)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def missed(systems: Iterable[System], numbers: Mapping[str, float]) -> list[str]:
    """Keys of the findings that do not meet their claims."""
    return [f.key for _, f in findings(systems) if not f.holds(numbers[f.key])]


def readme(numbers: Mapping[str, float]) -> str:
    """The page: one row per system, then one row per finding."""
    systems = [
        ("system", "reported", "modelled here", "results", "results over measured values", "not modelled"),
        *((s.name, s.saw, s.model, _found(s, numbers), _compared(s, numbers), s.missing) for s in SYSTEMS),
    ]
    rows = [
        ("system", "quantity", "result", "measured", "ratio", "origin", "expected", "verdict"),
        *((s.name, f.quantity, *_with_origin(f, numbers[f.key])) for s, f in findings()),
    ]
    compared = Counter(f.origin for _, f in findings() if f.measured is not None)
    head = HEAD.format(compared=compared.total(), **{kind: compared[kind] for kind in ORIGINS})
    return f"{head}{markdown(systems)}\n\n## All numbers\n\n{markdown(rows)}\n"


def _with_origin(finding: Finding, number: float) -> tuple[str, ...]:
    result, measured, ratio, claim, verdict = beside(finding, number)
    return result, measured, ratio, origin(finding), claim, verdict


def _found(system: System, numbers: Mapping[str, float]) -> str:
    return "; ".join(f"{f.quantity}: {short(numbers[f.key])}" for f in system.findings)


def _compared(system: System, numbers: Mapping[str, float]) -> str:
    ratios = [
        f"{f.quantity}: {numbers[f.key] / f.measured:.2f} ({f.origin})" for f in system.findings if f.measured
    ]
    return "; ".join(ratios) or "no measured value"


def markdown(rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; its first row is the head."""
    head, *body = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join([f"| {head} |", "|" + " --- |" * (head.replace("\\|", "").count("|") + 1),
                      *(f"| {row} |" for row in body)])  # fmt: skip


def recorded() -> dict[str, float]:
    """The numbers of the last full run."""
    return json.loads(NUMBERS.read_text(encoding="utf-8"))


def record(numbers: Mapping[str, float]) -> None:
    """Write the page and its numbers."""
    rounded = {key: float(f"{number:.6g}") if abs(number) > NOTHING else 0.0 for key, number in numbers.items()}
    NUMBERS.write_text(json.dumps(rounded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    README.write_text(readme(rounded), encoding="utf-8")
