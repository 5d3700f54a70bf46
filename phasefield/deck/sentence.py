"""Steps of a drive as sentences, as users of PyBaMM write them: ``"Plate at 1 mA/cm2 for 1 hour or until 0.1 V"``."""

from __future__ import annotations

import re
from typing import Any

from phasefield.units import UnitError, quantity

#: Sign of the current by verb.
VERBS = {"plate": "", "strip": "-", "lithiate": "", "delithiate": "-"}
#: Key of ``until`` by the unit of its limit.
LIMITS = {"V": "voltage", "A/m^2": "current", "C/m^2": "charge", "m": "tip_height", "V/s": "voltage_rate"}
EXAMPLES = (
    "Plate at 1 mA/cm2 for 1 hour or until 5 mAh/cm2",
    "Rest for 10 minutes",
    "Strip at 1 mA/cm2 until 1 V",
    "Hold at -0.1 V until 0.1 mA/cm2",
)
_FORMS = f"write {', '.join(f'{chr(34)}{example}{chr(34)}' for example in EXAMPLES)}, or a table"
_LONGEST = 200


def from_sentence(value: Any) -> Any:
    """The table that a sentence stands for; any other value as it is.

    Raises
    ------
    ValueError
        The sentence has none of the forms.
    """
    if not isinstance(value, str):
        return value
    if len(value) > _LONGEST:
        raise ValueError(f"is too long for a step; {_FORMS}")
    head, *ends = re.split(r" (?:or )?(for|until|or) ", " ".join(value.split()), flags=re.IGNORECASE)
    return _driven(head) | _ended(ends[::2], ends[1::2])


def _driven(head: str) -> dict[str, str]:
    verb, _, rest = head.partition(" ")
    at, _, given = rest.partition(" ")
    given = _plain(given)
    if verb.lower() == "rest" and not rest:
        return {"mode": "rest"}
    if at.lower() != "at" or not given:
        raise ValueError(f"is not a step; {_FORMS}")
    if verb.lower() == "hold":
        return {"mode": "potentiostatic", "voltage": given}
    if verb.lower() in ("charge", "discharge"):
        raise ValueError("does not say which electrode is meant; begin with Plate or Strip (or Lithiate, Delithiate)")
    if verb.lower() not in VERBS:
        raise ValueError(f'begins with "{verb}"; {_FORMS}')
    if re.fullmatch(r"[\d.]*\s*C(\s*/\s*[\d.]+)?", given):
        raise ValueError('has a C-rate, but the cell has no rated capacity; give a current density, such as "1 mA/cm2"')
    if given[0] in "+-":
        raise ValueError(f"has a current with a sign; {verb} already says which way it flows")
    return {"mode": "galvanostatic", "current_density": VERBS[verb.lower()] + given}


def _ended(words: list[str], limits: list[str]) -> dict[str, Any]:
    """``duration`` and ``until`` from what follows for, until, and or, which repeats the word before it."""
    found: dict[str, Any] = {}
    until: dict[str, Any] = {}
    before = "or"
    for word, limit in zip(words, limits, strict=True):
        before = before if word.lower() == "or" else word.lower()
        if before == "or":
            raise ValueError(f"has an or before for and until; {_FORMS}")
        table, key = (found, "duration") if before == "for" else (until, _limit(limit))
        if key in table:
            raise ValueError(f"gives two limits of one kind, {table[key]} and {limit}")
        table[key] = _plain(limit)
    return found | ({"until": until} if until else {})


def _limit(text: str) -> str:
    for unit, key in LIMITS.items():
        try:
            quantity(_plain(text), unit)
        except UnitError:
            continue
        return key
    raise ValueError(
        f'has the limit "{text}", which is none of a voltage ("1 V"), a current density ("0.1 mA/cm2"), a charge per '
        'area ("5 mAh/cm2"), a height ("20 um") and a rate ("1 mV/h")'
    )


def _plain(text: str) -> str:
    """A quantity with its exponents as a deck has them: cm2 is cm^2."""
    return re.sub(r"(?<=m)([23])\b", r"^\1", text.strip())
