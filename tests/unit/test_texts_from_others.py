"""Titles, keys and names from others: never obeyed by a terminal, a browser, or the mathematics of a picture."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest

from phasefield.cli import main
from phasefield.deck import parse_deck
from phasefield.errors import DeckError, printable
from phasefield.postprocess import study_report, style
from phasefield.postprocess.sheet import run_labels
from tests.unit.decks import SINGLE_ION

#: Clears a screen, renames a window, writes from the right, ends a line.
ATTACKS = [
    r"\u001b[2J", r"\u001b]0;owned\u0007", r"\u202eleft", r"a\nerror: no errors", r"a\rvalid", r"\u009b1m", r"\u007f",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("where", ["title", '"a key"', "interface.width", "electrolyte.name"])
def test_control_characters_in_decks(tmp_path, capsys, attack, where):
    """Refused with the key; nothing of it is printed as it is."""
    deck = tmp_path / "deck.toml"
    deck.write_text(SINGLE_ION)
    with pytest.raises(SystemExit) as caught:
        main(["check", str(deck), "--set", f'{where}="{attack}"'])
    printed = "".join(capsys.readouterr())
    assert caught.value.code == 2 and "must be one line without control characters" in printed
    assert all(c.isprintable() or c == "\n" for c in printed)


@pytest.mark.parametrize("attack", ATTACKS)
def test_control_characters_in_keys(attack):
    """A name of a key is written out, too."""
    with pytest.raises(DeckError) as caught:
        parse_deck(f'"{attack}" = 1\n{SINGLE_ION}')
    assert printable(str(caught.value)).replace("\n", "").isprintable()
    assert "\n" not in printable(str(caught.value.problems[0]))


def test_titles_that_people_write():
    for title in ("Lithium, 40 °C — „Ångström“ ", "锂 リチウム", "a\u00a0b", "$x^2$ <b>"):
        parse_deck(SINGLE_ION, "deck", [f'title="{title}"'])


def test_file_names_with_control_characters(tmp_path, capsys):
    """The terminal gets them written out."""
    with pytest.raises(SystemExit):
        main(["check", str(tmp_path / "a\x1b[31mb.toml")])
    assert "\x1b" not in (told := capsys.readouterr().err) and r"a\x1b[31mb.toml" in told


@pytest.mark.parametrize("text", [r"$\frac$", "$x$", "a $", "cost $5 or $6", r"\$x$"])
def test_captions_are_no_mathematics(text):
    """What matplotlib draws is the text; the same between dollars would be a formula, or an error."""
    figure = plt.figure()
    figure.text(0, 0, style.literal(text))
    figure.canvas.draw()  # of an unknown formula: ValueError
    plain, is_mathematics = figure.texts[0]._preprocess_math(style.literal(text))
    assert not is_mathematics and plain == text.replace("\\$", "\\$")
    plt.close(figure)


def test_names_of_runs_in_captions():
    runs = [SimpleNamespace(name=name) for name in ("$a$\x1b", "b\nc")]
    assert run_labels(runs) == [r"\$a\$\x1b", "b c"]


def test_page_of_a_study_is_escaped(monkeypatch):
    """A title that would be a script is a text of the page."""
    from jinja2 import Environment

    made = []
    monkeypatch.setattr(
        study_report, "Environment", lambda **options: made.append(Environment(**options)) or made[-1]
    )

    table = SimpleNamespace(
        description={"title": "<script>alert(1)</script>"}, members=(), axes=(), columns={"State": []}
    )
    monkeypatch.setattr(study_report, "_heads", lambda table: ["<img src=x onerror=alert(1)>"])
    page = study_report._page(table, [], {})
    assert made and "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "<img src=x" not in page
