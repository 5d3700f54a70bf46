"""The deck's schema, for editors (JSON schema) and for people (a table of keys in Markdown)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from phasefield.deck.keys import Key, keys
from phasefield.deck.load import schema_of
from phasefield.deck.operation import ALL
from phasefield.physics import registry
from phasefield.units import example

_WORDS = {
    "object": "table",
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
}

HEAD = """\
# Decks

<!-- Made by `phasefield keys > inputs/README.md`; edit phasefield/deck/ instead. -->

A deck is a TOML file that describes one simulation. Its key `model` chooses the physical model: `plating` (lithium is
plated and stripped), `interphase` (electrode and electrolyte react to a layer), `plating-interphase` (both at once),
`contact` (an electrode in partial contact with the electrolyte), `wetting` (lithium droplets on a layer), `crack`
(lithium that opens a crack in a solid electrolyte) or `voids` (voids between lithium and a solid electrolyte). [Which
model for which question](../docs/explanation/which_model.md) helps to choose. The tables below list every key, model
by model. This is a complete deck:

```toml
title = "Lithium plated at 6 mA/cm²"

[domain]
dimension = 2
size = ["50 um", "60 um"]     # the last length is the height, along which lithium is plated
cell_size = "0.25 um"

[interface]
width = "2 um"

[electrolyte]
transport = "single-ion"
conductivity = "0.1 mS/cm"

[kinetics]
exchange_current_density = "10 mA/cm^2"

[front]
height = "10 um"
[[front.cosines]]             # double brackets: one entry of a list, as many as you like
amplitude = "1 um"
wavelength = "25 um"

[[drive.steps]]
mode = "galvanostatic"
current_density = "6 mA/cm^2"
duration = "20 min"
```

- **Units.** Write a value with a dimension in quotes, with its unit; any unit of that dimension is accepted:
  `"5 mA/cm^2"`, `"10 um"`, `"25 degC"`, `"1 mAh/cm^2"`. `mA/cm2`, `mA cm-2` and `mA·cm⁻²` mean
  the same. The tables give the SI unit that the program converts it to.
  Only pure numbers are written without quotes.
- **Signs.** Positive currents plate lithium. The voltage is the one of the metal against the counter electrode,
  so negative voltages plate lithium.
- **Axes.** The last axis is the height: the lithium is at the bottom, the counter electrode at the top. Lateral
  positions have one coordinate less than the box has dimensions.
- **Check first.** `phasefield check DECK` prints all mistakes in a deck at once. If there are none, it prints what
  theory predicts: resolution, limiting current, the wavelength that grows fastest, and the memory that is needed.
- **Try a variation** without a new file: `phasefield run DECK --set interface.width=1um
  --set drive.steps.0.current_density="3 mA/cm^2"`. Entries of lists are numbered from 0; an empty value
  (`--set coating=`) removes a key.
- **In an editor**, the file that `phasefield schema -o deck.schema.json` writes gives completion and hints
  (for example with Even Better TOML in VS Code, or Taplo).

In the column of defaults, “–” means that the key is optional and has no effect if it is not given.
"""


def json_schema(model: str = registry.DEFAULT) -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a model's decks as they are written, with units as texts."""
    schema = _without_null(schema_of(model, "schema").model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "phasefield deck"}


def _without_null(node: Any) -> Any:
    """Remove null (Python's None), which TOML does not have."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _without_null(value) for key, value in node.items() if (key, value) != ("default", None)}
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return node
    del node["anyOf"]
    return {**choices[0], **node}


def markdown() -> str:
    """The head and the tables of keys, model by model and section by section."""
    return "\n".join([HEAD, *(chapter(model) for model in registry.names())]).rstrip() + "\n"


def chapter(model: str) -> str:
    """The tables of keys of a model, section by section."""
    return "\n".join(_chapter(model))


def _chapter(model: str) -> Iterator[str]:
    everything = list(keys(registry.schema(model)))
    decks = tuple(f"{key.path}." for key in everything if key.is_deck)
    everything = [key for key in everything if not key.path.startswith(decks)]
    tables = {key.path + "[]" * key.is_list: key for key in everything if key.table}
    default = ", the default" if model == registry.DEFAULT else ""
    yield from (f'# Keys of `model = "{model}"`{default}', "")
    for section, members in groupby(everything, key=lambda key: key.section):
        yield from _heading(section, tables.get(section))
        yield from ("| key | value | SI unit | default | meaning |", "| --- | --- | --- | --- | --- |")
        yield from (_row(key) for key in members if key.is_deck or not (section == "" and key.table))
        yield ""


def _heading(section: str, key: Key | None) -> Iterator[str]:
    if key is None:
        yield "## Top of the file"
    else:
        name = section.removesuffix("[]").replace("[]", "")
        yield f"## `[[{name}]]`" if key.is_list else f"## `[{name}]`"
        required = "Required. " if key.field.is_required() else ""
        yield ""
        yield f"{required}{key.field.description}"
    yield ""


def _row(key: Key) -> str:
    cells = [f"`{key.name}`", _value(key), key.unit or "", _default(key), key.field.description or ""]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(key: Key) -> str:
    if key.table:
        return "list of tables" if key.is_list else "table"
    if key.choices:
        value = ", ".join(f"`{json.dumps(choice)}`" for choice in key.choices)
    elif key.unit:
        written = (key.field.examples or [example(key.unit)])[0]
        value = f'`"{written}"`'
    else:
        value = _WORDS[key.kind] + "s" * key.is_list
    return f"list of {value}" if key.is_list else value


def _default(key: Key) -> str:
    if key.field.is_required():
        return "required"
    default = key.field.default
    if default is None or default == ():
        return "–"
    if isinstance(default, tuple):
        left_out = [choice for choice in key.choices if choice not in (*default, ALL)]
        return "all but " + ", ".join(f"`{json.dumps(choice)}`" for choice in left_out) if left_out else "all"
    return f"`{json.dumps(default, ensure_ascii=False)}`"
