"""A deck becomes SI floats, or every problem in it is reported at once: key, value, and what is allowed."""

import json
import tomllib

import pytest
from pydantic import ValidationError

from phasefield.deck import json_schema, parse_deck
from phasefield.deck.keys import keys
from phasefield.errors import DeckError
from phasefield.physics.plating.deck import PlatingDeck
from tests.unit.decks import BINARY, COATED, FLAT, SINGLE_ION


def read(*overrides, text=SINGLE_ION):
    return parse_deck(text, "case.toml", overrides)


def problems(*overrides, text=SINGLE_ION):
    """Message of each problem by its key."""
    with pytest.raises(DeckError) as caught:
        read(*overrides, text=text)
    return {problem.key: f"{problem.value}: {problem.message}" for problem in caught.value.problems}


def test_values_become_si():
    deck = read("conditions.temperature=25 degC", "stop.charge=1 mAh/cm^2")
    assert deck.domain.size == (50e-6, 60e-6)
    assert deck.electrolyte.conductivity == 0.01
    assert deck.kinetics.exchange_current_density == 100.0
    assert deck.conditions.temperature == 298.15
    assert deck.stop.charge == 36000.0
    assert deck.front.cosines[0].amplitude == 1e-6


def test_defaults():
    deck = read()
    assert deck.conditions.temperature == 298.15
    assert deck.lithium.molar_volume == pytest.approx(1.2998e-5)
    assert deck.interface.mobility is None, "auto"
    assert deck.time.initial_step is None, "auto"
    assert deck.coating is None
    assert deck.output.snapshots == 20


def test_cells_are_resolved():
    deck = read()
    assert deck.domain.cells == (160, 192)
    assert deck.domain.spacing == pytest.approx((0.3125e-6, 0.3125e-6))
    given = read("domain.cell_size=", "domain.cells=[50, 30]")
    assert given.domain.spacing == pytest.approx((1e-6, 2e-6))


def test_a_deck_cannot_be_changed():
    with pytest.raises(ValidationError):
        read().front.height = 1.0


def test_resolved_is_json_in_si():
    resolved = json.loads(json.dumps(read(*COATED).resolved(), allow_nan=False))
    assert resolved["domain"]["cells"] == [160, 192]
    assert resolved["coating"]["thickness"] == 1e-8
    assert resolved["interface"]["mobility"] is None


def test_all_problems_at_once():
    """File, dotted key, value and what is allowed, of every mistake in the file."""
    text = SINGLE_ION.replace('width = "2 um"', 'widht = "2 um"').replace('"6 mA/cm^2"', '"6 mA"')
    with pytest.raises(DeckError) as caught:
        read("stop.time=-1 s", "solver.max_newton=0", text=text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert all(line.startswith("case.toml: ") for line in lines)
    assert 'case.toml: interface.widht = "2 um": unknown key; did you mean interface.width?' in lines
    assert 'case.toml: interface.width: is required: a length, such as "10 um"' in lines
    assert any('drive.steps.0.current_density = "6 mA": ' in line and "mA (current)" in line for line in lines)
    assert any('stop.time = "-1 s": must be at least' in line for line in lines)
    assert any("solver.max_newton = 0: must be greater than or equal to 1" in line for line in lines)


@pytest.mark.parametrize(
    ("override", "key", "suggestion"),
    [
        ("elektrolyte.name=x", "elektrolyte", "did you mean electrolyte?"),
        ("front.cosines.0.axes=0", "front.cosines.0.axes", "front.cosines.0.axis?"),
        ("temperature=300 K", "temperature", "did you mean conditions.temperature?"),
        ("solver.zzz=1", "solver.zzz", "allowed here: engine, profile, max_newton, max_rejections"),
        ("electrolyte.transport=binray", "electrolyte.transport", 'did you mean "binary"?'),
    ],
)
def test_unknown_words_get_the_nearest(override, key, suggestion):
    assert suggestion in problems(override)[key]


@pytest.mark.parametrize(
    ("override", "key", "message"),
    [
        ("front.height=1e-5", "front.height", '"10 um"'),
        ("front.height=inf m", "front.height", "finite"),
        ("front.height=10 m", "front.height", "must be at most 1 m"),
        ("time.tolerance=nan", "time.tolerance", "finite"),
        ('time.tolerance="0.1"', "time.tolerance", "without quotes"),
        ("domain.dimension=true", "domain.dimension", "whole number"),
        ("domain.size=50 um", "domain.size", "list"),
        ("domain=3", "domain", "table"),
        ("title=[1, 2]", "title", "[1, 2]: "),
        ("drive.cycles=1.5", "drive.cycles", "whole number"),
        ("stop.short_circuit=1", "stop.short_circuit", "true or false"),
        ("lithium.anisotropy=0.07", "lithium.anisotropy", "must be less than 0.06666"),
        ("drive.steps=[]", "drive.steps", "empty"),
        ('output.fields=["xi", "psi"]', "output.fields.1", 'did you mean "phi"?'),
    ],
)
def test_wrong_values(override, key, message):
    assert message in problems(override)[key]


@pytest.mark.parametrize(
    ("overrides", "key", "message"),
    [
        (["domain.cell_size=0.3 um"], "domain.cell_size", "299.4012 nm"),
        (["domain.cells=[160, 192]"], "domain.cells", "cell_size"),
        (["domain.cell_size="], "domain.cells", "cell_size"),
        (["domain.cell_size=", "domain.cells=[10]"], "domain.cells", "2 entries"),
        (["domain.dimension=3"], "domain.size", "3 entries"),
        (["domain.cell_size=50 um"], "domain.cell_size", "4 to 1000000"),
        (["electrolyte.transport=binary"], "electrolyte.diffusivity", 'transport = "binary"'),
        (["electrolyte.diffusivity=1e-10 m^2/s"], "electrolyte.diffusivity", 'transport = "binary"'),
        ([*BINARY, "electrolyte.transference_number=1.0"], "electrolyte.transference_number", "less than 1"),
        (["drive.steps.0.mode=potentiostatic"], "drive.steps.0.voltage", 'mode = "potentiostatic"'),
        (["drive.steps.0.mode=rest"], "drive.steps.0.current_density", 'mode = "rest"'),
        (["drive.steps.0.current_density=0 A/m^2"], "drive.steps.0.current_density", 'mode = "rest"'),
        (["drive.cycles=2"], "drive.steps.0.duration", "required"),
        (["stop.time="], "stop.time", "required"),
        (["output.every=1 s", "output.snapshots=3"], "output.every", "snapshots"),
        (["output.every=1 ms"], "output.every", "10000"),
        (['output.times=["2 s", "1 s"]'], "output.times", "increase"),
        (['output.times=["2000 s"]'], "output.times", "1000 s"),
        (['output.fields=["xi", "c"]'], "output.fields", '"c"'),
        (['output.fields=["iz"]'], "output.fields", '"iz"'),
        (["front.height=70 um"], "front.height", "71 µm"),
        (["front.height=1 um"], "front.height", "valleys"),
        (["front.cosines.0.axis=1"], "front.cosines.0.axis", "at most 0"),
        (["front.bumps=[{position=[], height='1 um', width='5 um'}]"], "front.bumps.0.position", "1 coordinate,"),
        (["front.seeds=[{position=['51 um'], radius='5 um'}]"], "front.seeds.0.position", "50 µm"),
        (["front.spheres=[{position=['5 um'], radius='5 um'}]"], "front.spheres.0.position", "2 coordinates,"),
        (["front.spheres=[{position=['5 um', '61 um'], radius='5 um'}]"], "front.spheres.0.position", "60 µm"),
        (["front.spheres=[{position=['5 um', '56 um'], radius='5 um'}]"], "front.height", "61 µm"),
        ([*FLAT, "front.spheres=[{position=['5 um'], radius='5 um'}]"], "front.spheres", "1-D"),
        (
            ["front.noise={amplitude='0.1 um', correlation_length='0.1 um', seed=1}"],
            "front.noise.correlation_length",
            "cell",
        ),
        (
            ["front.noise={amplitude='0.1 um', correlation_length='501 um', seed=1}"],
            "front.noise.correlation_length",
            "500 µm",
        ),
        (
            [*COATED, "coating.roughness={amplitude='1 nm', correlation_length='1 m', seed=1}"],
            "coating.roughness.correlation_length",
            "500 µm",
        ),
        ([*FLAT, "front.cosines=[{amplitude='1 um', wavelength='9 um'}]"], "front.cosines", "1-D"),
        (
            [*FLAT, *COATED, "coating.random_defects={number=1, width='1 um', seed=1}"],
            "coating",
            "1-D",
        ),
        (
            [*COATED, "coating.defects=[{position=['-1 um'], width='1 um'}]"],
            "coating.defects.0.position",
            "50 µm",
        ),
    ],
)
def test_values_that_do_not_fit_together(overrides, key, message):
    assert message in problems(*overrides)[key]


GRAINS = "heterogeneity.grain_boundaries="


@pytest.mark.parametrize(
    ("value", "key", "message"),
    [
        ("pattern='voronoi', grains=4", "seed", 'pattern = "voronoi"'),
        ("pattern='planes', grains=4", "grains", 'pattern = "planes"'),
        ("pattern='planes'", "planes", 'pattern = "planes"'),
        ("pattern='planes', planes=[{point=['1 um', '1 um'], normal=[0, 0]}]", "planes.0.normal", "zero"),
        ("pattern='planes', planes=[{point=['1 um'], normal=[1, 0]}]", "planes.0.point", "2 coordinates"),
        ("pattern='planes', planes=[{point=['1 um', '1 um'], normal=[1]}]", "planes.0.normal", "2 numbers"),
    ],
)
def test_grain_boundaries(value, key, message):
    found = problems(f"{GRAINS}{{width='1 um', {value}}}")
    assert message in found[f"heterogeneity.grain_boundaries.{key}"]


def test_three_dimensions_with_everything():
    """The longest deck the schema allows is valid: no check contradicts another."""
    deck = read(
        *BINARY,
        *COATED,
        "domain.dimension=3",
        'domain.size=["50 um", "40 um", "60 um"]',
        "domain.cell_size=1 um",
        "front.cosines.0.axis=1",
        "front.bumps=[{position=['1 um', '2 um'], height='-1 um', width='5 um'}]",
        "front.seeds=[{position=['1 um', '2 um'], radius='5 um'}]",
        "front.noise={amplitude='0.1 um', correlation_length='4 um', seed=1}",
        "coating.defects=[{position=['0 um', '40 um'], width='1 um'}]",
        "coating.random_defects={number=3, width='1 um', seed=1}",
        GRAINS + "{pattern='voronoi', grains=4, seed=2, width='2 um', conductivity_factor=0.1}",
        'output.fields=["xi", "c", "iz", "film", "conductivity"]',
    )
    assert deck.front.rise == pytest.approx(5e-6), "the hemisphere is higher than the rest"
    assert deck.front.fall == pytest.approx(2.4e-6)
    assert deck.heterogeneity.grain_boundaries.grains == 4


def test_schedule_repeats_until_the_planned_time():
    """Pulse plating: two steps, three cycles, cut off by the stop time in the last rest."""
    pulse = "{mode='galvanostatic', current_density='1 A/m^2', duration='3 s'}"
    steps = f"[{pulse}, {{mode='rest', duration='2 s'}}]"
    deck = read(f"drive.steps={steps}", "drive.cycles=3", "stop.time=14 s")
    assert deck.planned_time == 14.0
    ends = [(round(s.start, 9), round(s.end, 9), s.step.mode) for s in deck.schedule()]
    assert ends[:3] == [(0, 3, "galvanostatic"), (3, 5, "rest"), (5, 8, "galvanostatic")]
    assert ends[-1] == (13, 14, "rest")
    assert read(f"drive.steps={steps}", "stop.time=").planned_time == 5.0


def test_snapshot_times():
    """They are after the start, they grow, and the last is the end of the run."""
    assert read("output.snapshots=4").snapshot_times == (250.0, 500.0, 750.0, 1000.0)
    assert read("output.every=400 s").snapshot_times == (400.0, 800.0, 1000.0)
    assert read('output.times=["1 s", "1000 s"]').snapshot_times == (1.0, 1000.0)


def test_endless_errors_are_cut_short():
    text = SINGLE_ION + "[x]\n" + "\n".join(f"key{i} = 1" for i in range(3)) + "\n"
    text = "\n".join(f"key{i} = 1" for i in range(2000)) + text
    with pytest.raises(DeckError) as caught:
        read(text=text)
    assert len(caught.value.problems) == 51
    assert "more problems" in str(caught.value).splitlines()[-1]


def test_every_key_is_described():
    for key in keys(PlatingDeck):
        assert key.field.description, key.path
        assert key.field.description.endswith("."), key.path


def test_json_schema_accepts_what_the_deck_accepts():
    """Names, nesting and required keys agree with the models; nothing in it is null."""
    schema = json_schema()
    assert '"null"' not in json.dumps(schema)
    assert set(tomllib.loads(SINGLE_ION)) <= set(schema["properties"])
    assert set(schema["required"]) == {n for n, f in PlatingDeck.model_fields.items() if f.is_required()}
    assert schema["$defs"]["Interface"]["properties"]["width"]["x-unit"] == "m"
    assert schema["additionalProperties"] is False


def test_hints_stay_in_the_same_model():
    """`spacing` is a key of interphase decks, and a plating deck may hold one; a plating key is not meant by it."""
    overrides = ["heterogeneity.grain_boundaries.pattern=planes", "heterogeneity.grain_boundaries.spacing=4 um"]
    found = problems(*overrides)["heterogeneity.grain_boundaries.spacing"]
    assert "interphase" not in found and "conductivity_factor" in found
