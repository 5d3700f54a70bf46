"""The gallery: every shipped deck with its picture, what it costs, and what it shows.

What a deck shows stands in its own head; what it costs was measured by :mod:`tools.site.costs`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath

from phasefield.deck.examples import Example, examples
from phasefield.physics import registry

#: Pictures of docs/images by the decks that they show. docs/pictures.md and README.md say how each was made.
PICTURES = {
    "anode_free": ("anode_free_bare", "anode_free_film"),
    "anode_free_3d": ("anode_free_bare_3d", "anode_free_film_3d"),
    "contact_breathing": ("contact_breathing",),
    "contact_patches_3d": ("contact_patches_3d",),
    "crack_dry": ("crack_dry",),
    "crack_grains": ("crack_grains",),
    "crack_llzo": ("crack_llzo",),
    "crack_pair": ("crack_llzo", "crack_film"),
    "crack_llzo_3d": ("crack_llzo_3d",),
    "dead_lithium_pair": ("dead_lithium_uncoated", "dead_lithium_coated"),
    "dendrite_pair": ("dendrite_uncoated", "dendrite_coated"),
    "dendrite_pair_3d": ("dendrite_uncoated_3d", "dendrite_coated_3d"),
    "interphase_coated": ("interphase_coated",),
    "interphase_growth": ("interphase_coated",),
    "interphase_coated_3d": ("interphase_coated_3d",),
    "interphase_crack": ("interphase_crack",),
    "interphase_stress": ("interphase_stress",),
    "plating_cc_cv_cycles": ("plating_cc_cv",),
    "plating_curved": ("plating_curved",),
    "plating_pair": ("plating_uncoated", "plating_coated"),
    "plating_pair_3d": ("plating_uncoated_3d", "plating_coated_3d"),
    "void_cycle": ("void_cycle",),
    "study_dendrite_anisotropy": ("dendrite_anisotropy.study",),
    "study_dendrite_onset": ("dendrite_onset.study",),
    "study_dendrite_onset_theory": ("dendrite_onset.study",),
    "study_dendrite_regimes": ("dendrite_regimes.study",),
    "study_dendrite_regimes_deposits": ("dendrite_regimes.study",),
    "study_whisker": ("plating_whisker", "whisker.study"),
}
STUDIES, SYSTEMS = "studies", "systems of the literature"
#: Headings of the gallery: models, and what is not one model's.
HEADINGS = (*registry.names(), STUDIES, SYSTEMS)
COSTS = Path(__file__).with_name("costs.json")
PAGE = PurePosixPath("docs/gallery.md")
HEAD = """\
# Gallery

`phasefield examples` lists these decks and copies those that you name. Each title leads to the deck's text.

The time is CPU time of one core, measured with `{command}` on {processor}. Compiling the equations, once for
each kind of model, takes up to a minute more. A deck without a time was not measured.
"""


def page() -> str:
    """The gallery, model by model."""
    lines = [HEAD.format(**costs()["how"])]
    for heading, members in groupby(sorted(examples(), key=_rank), key=_heading):
        lines += [f"## {heading.capitalize()}", ""]
        drawn: set[str] = set()
        for example in members:
            lines += [f"**[{example.title}]({os.path.relpath(place(example), PAGE.parent)})**<br>", facts(example), ""]
            lines += [summary(example), ""]
            new = [name for name in pictures(example) if name not in drawn]
            lines += [f"![{example.title}](images/{name}.png)\n" for name in new]
            drawn.update(new)
    return "\n".join(lines)


def deck_page(example: Example) -> str:
    """One deck: its head, pictures and text."""
    folder = place(example).parent
    images = os.path.relpath("docs/images", folder)
    shown = "".join(f"![{example.title}]({images}/{name}.png)\n\n" for name in pictures(example))
    about = f"# {example.title}\n\n{facts(example)}\n\n{_linked(head(example), folder)}\n\n{shown}"
    text = f"```toml\n{example.text.rstrip()}\n```\n"
    return f"---\norphan: true\n---\n\n{about}`phasefield examples {example.name}` copies this deck:\n\n{text}"


def place(example: Example) -> PurePosixPath:
    """Where the page of a deck is."""
    return PurePosixPath("inputs") / f"{example.name}.toml.md"


def pictures(example: Example) -> Iterator[str]:
    """Names of the pictures that show it."""
    return (name for name, decks in PICTURES.items() if example.name in decks)


def costs() -> dict:
    """What was measured."""
    return json.loads(COSTS.read_text(encoding="utf-8"))


def facts(example: Example) -> str:
    """Name, model and cost in one line."""
    cost = costs()["decks"].get(example.name)
    measured = f" · {cost['cpu_s']:.0f} s, {cost['steps']} steps of {cost['cells']} cells" if cost else ""
    return f"`{example.name}` · {example.kind}{measured}"


def head(example: Example) -> str:
    """The comment at the top of a deck."""
    match = re.match(r"(?:#.*\n)+", example.text)
    return re.sub(r"^# ?", "", match[0], flags=re.MULTILINE).strip() if match else ""


def summary(example: Example) -> str:
    """The first two sentences of the head: what is there, and what happens. A question counts for none."""
    paragraph = " ".join(head(example).split("\n\n")[0].split())
    found = re.split(r"(?<=[.?])\s+(?=[A-Z])", paragraph)
    return _linked(" ".join(found[: 2 + found[0].endswith("?")]), PAGE.parent)


def _rank(example: Example) -> int:
    return HEADINGS.index(_heading(example))


def _heading(example: Example) -> str:
    if example.name.startswith("systems/"):
        return SYSTEMS
    return STUDIES if example.kind.startswith("study") else example.kind.partition(",")[0]


def _linked(text: str, folder: PurePosixPath) -> str:
    """A text in which the names of decks and pages are links."""
    known = {place(example).name.removesuffix(".md"): place(example) for example in examples()}

    def link(match: re.Match[str]) -> str:
        found = known.get(match[0].rpartition("/")[2]) if match[0].endswith(".toml") else PurePosixPath(match[0])
        return f"[{match[0]}]({os.path.relpath(found, folder)})" if found else match[0]

    return re.sub(r"docs/[\w/-]+\.md|[\w/.]+\.toml", link, text)
