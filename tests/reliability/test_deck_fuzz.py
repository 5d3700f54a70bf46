"""Whatever a deck holds, it is valid or refused with one clear error and exit code 2; never a traceback.

Three kinds of harm: a valid deck with some values replaced (structure, types, numbers, units), texts that are
nearly TOML, and bytes that are nothing at all.
"""

import contextlib
import io
import json
import math
import re
import tomllib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from phasefield import cli
from phasefield.check import derived, errors, report
from phasefield.deck import load_deck, parse_deck
from phasefield.deck.explain import explain
from phasefield.deck.keys import keys
from phasefield.errors import DeckError
from phasefield.physics.plating.deck import PlatingDeck
from tests.unit.decks import BINARY, COATED, SINGLE_ION

pytestmark = pytest.mark.promise("damaged decks: valid, or refused with one clear error")
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=SLOW_IS_FINE)

EVERYTHING = (
    *BINARY,
    *COATED,
    "coating.defects=[{position=['25 um'], width='5 um'}]",
    "coating.random_defects={number=3, width='1 um', seed=1}",
    "front.bumps=[{position=['9 um'], height='1 um', width='5 um'}]",
    "front.seeds=[{position=['9 um'], radius='5 um'}]",
    "front.noise={amplitude='0.1 um', correlation_length='4 um', seed=1}",
    "heterogeneity.grain_boundaries={pattern='voronoi', grains=4, seed=2, width='2 um'}",
)

numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.sampled_from([0, -1, 10**400, 1e308, -1e308, 5e-324, 2**63, 0.1, 1]),
)
UNITS = "m um nm s h A/m^2 mA/cm^2 V S/m mol/L m^2/s J/m^2 K degC cm^3/mol C/m^2 mAh/cm^2 m^-1 foo % m^^2 (m"
quantities = st.builds("{} {}".format, numbers, st.sampled_from(UNITS.split()))
choices = st.sampled_from([str(choice) for key in keys(PlatingDeck) for choice in key.choices] + ["auto"])
words = st.one_of(st.text(max_size=20), choices)
scalars = st.one_of(st.booleans(), numbers, quantities, words)
names = st.one_of(st.text(max_size=12), st.sampled_from([key.name for key in keys(PlatingDeck)]))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


def leaves(node, path=()):
    """Every path in a tree of tables and lists."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from leaves(child, (*path, key))


def replaced(node, path, value):
    """A copy of a tree with one node replaced; removed if the value is None."""
    if not path:
        return value
    copy = node.copy()
    if value is None and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = replaced(copy[path[0]], path[1:], value)
    return copy


def whole_deck():
    """A valid deck as plain tables, with a value for nearly every key."""
    data = tomllib.loads(SINGLE_ION)
    for override in EVERYTHING:
        key, _, value = override.partition("=")
        *parents, last = key.split(".")
        table = data
        for parent in parents:
            table = table.setdefault(parent, {})
        try:
            table[last] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            table[last] = value
    return data


paths = st.sampled_from([key.path.replace("[]", ".0") for key in keys(PlatingDeck)])
WHOLE = whole_deck()
PATHS = [path for path in leaves(WHOLE) if path]


def test_the_deck_to_be_damaged_is_valid():
    derived_is_finite(PlatingDeck.model_validate(WHOLE))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
@settings(QUICK, max_examples=15)
@given(value=st.one_of(st.none(), scalars, trees))
def test_one_value_replaced(path, value):
    """Every key of a deck, one at a time, gets something else or disappears."""
    refused_or_finite(replaced(WHOLE, path, value))


@QUICK
@given(st.lists(st.tuples(st.sampled_from(PATHS), quantities), min_size=1, max_size=4))
def test_quantities_exchanged(changes):
    """Quantities that are each well written need not fit together."""
    data = WHOLE
    for path, value in changes:
        with contextlib.suppress(KeyError, IndexError, TypeError, AttributeError):  # taken by an earlier one
            data = replaced(data, path, value)
    refused_or_finite(data)


@QUICK
@given(trees)
def test_any_tree(tree):
    refused_or_finite(tree)


def refused_or_finite(data):
    """The deck is refused with problems that all say something, or everything derived from it is finite."""
    try:
        deck = PlatingDeck.model_validate(data)
    except ValidationError as error:
        problems = explain(error, data, PlatingDeck)
        assert problems
        assert all(problem.message and len(str(problem)) < 1000 for problem in problems)
        return
    derived_is_finite(deck)


def derived_is_finite(deck):
    json.dumps(deck.resolved(), allow_nan=False)
    json.dumps(derived(deck), allow_nan=False)
    electrolyte = deck.electrolyte.model_copy(update={"name": ""})  # a name may be "nan"
    assert "nan" not in report(deck.model_copy(update={"title": "", "electrolyte": electrolyte}))
    assert all(math.isfinite(t) for t in deck.snapshot_times)
    assert all(str(problem) for problem in errors(deck))


@pytest.fixture(scope="module")
def deck_file(tmp_path_factory):
    """One file for all examples."""
    return tmp_path_factory.mktemp("fuzz") / "deck.toml"


@QUICK
@given(data=st.data())
def test_damaged_text(deck_file, data):
    """Bytes of a real deck are cut out, doubled or exchanged."""
    text = bytearray(SINGLE_ION, "utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 20))
        text[at : at + length] = data.draw(st.one_of(st.binary(max_size=8), st.just(text[at - 9 : at])))
    exits_well(deck_file, bytes(text))


def _encoded(text):
    return text.encode("utf-8", "surrogatepass")


@QUICK
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(_encoded)))
@example(content=b"\xef\xbb\xbftitle = 'BOM'")
@example(content=b"\0")
@example(content=b"a = " + b"[" * 50_000)
@example(content=b"a = " + b"{a = " * 20_000)
@example(content=b"a." * 100_000 + b"a = 1")
@example(content=b"[" + b"a." * 100_000 + b"a]")
@example(content=b'"' + b"k" * 900_000 + b'" = 1')
@example(content=b"title = '" + b"x" * 900_000 + b"'")
@example(content=b"title = 1" + b"0" * 5000)
@example(content=b"x = 1e999\ny = nan\nz = 1979-05-27")
@example(content="".join(f"k{i} = {i}\n" for i in range(50_000)).encode())
@example(content=b"a = 1\n" * 2)
def test_any_bytes(deck_file, content):
    exits_well(deck_file, content)


@QUICK
@given(st.lists(st.one_of(st.text(max_size=40), st.builds("{}={}".format, paths, scalars)), max_size=4))
def test_any_overrides(overrides):
    """`--set` with anything: a deck, or one error."""
    try:
        derived_is_finite(parse_deck(SINGLE_ION, "deck", overrides))
    except DeckError as error:
        assert str(error)


def exits_well(path, content):
    """`phasefield check` says it is valid, or exits with 2 and names the file in every line of the error."""
    path.write_bytes(content)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        with pytest.raises(SystemExit) as caught:
            cli.main(["check", str(path)])
    assert caught.value.code in (0, 2, None)
    assert "Traceback" not in err.getvalue()
    if err.getvalue():
        assert caught.value.code == 2
        first, *rest = err.getvalue().splitlines()
        assert first.startswith("error: ")
        assert all(re.match(rf"  {re.escape(str(path))}(:\d+)?: ", line) for line in rest)
    else:
        load_deck(path)
