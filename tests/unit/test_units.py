"""Units are checked once, at the door: a text is a finite SI float, or an error says what to write."""

import math

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasefield.physics import registry
from phasefield.physics.common.columns import of_a_run
from phasefield.units import Dimensional, UnitError, _registry, pretty, quantity, reader
from phasefield.units.unit import UnknownUnit


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10 um", "m", 1e-5),
        ("10um", "m", 1e-5),
        (" 10 µm ", "m", 1e-5),
        ("5 mA/cm^2", "A/m^2", 50.0),
        ("5 mA cm^-2", "A/m^2", 50.0),
        ("5 mA·cm**-2", "A/m^2", 50.0),
        ("5 mA/cm²", "A/m^2", 50.0),
        ("25 degC", "K", 298.15),
        ("25 °C", "K", 298.15),
        ("1 mAh/cm^2", "C/m^2", 36000.0),
        ("0.1 mS/cm", "S/m", 0.01),
        ("1 mol/L", "mol/m^3", 1000.0),
        ("0.23 MPa m^0.5", "Pa m^0.5", 0.23e6),
        ("23 N/cm^1.5", "Pa m^0.5", 23e3),
        ("12.998 cm^3/mol", "m^3/mol", 1.2998e-5),
        ("-.1 V", "V", -0.1),
        ("1_000 s", "s", 1000.0),
        ("2 h", "s", 7200.0),
        ("3 1/s", "1/s", 3.0),
        ("5 A/m2", "A/m^2", 5.0),
        ("5 mA/cm2", "A/m^2", 50.0),
        ("5 A m-2", "A/m^2", 5.0),
        ("5 mA·cm⁻²", "A/m^2", 50.0),
        ("5 mA⋅cm−2", "A/m^2", 50.0),
        ("20 Ω cm2", "ohm m^2", 2e-3),
        ("3e-10 m2s-1", "m^2/s", 3e-10),
        ("12.998 cm3 mol⁻¹", "m^3/mol", 1.2998e-5),
        ("1e8 1/cm2", "1/m^2", 1e12),
    ],
)
def test_reads_what_people_write(text, unit, value):
    assert quantity(text, unit) == pytest.approx(value, rel=1e-14)


def test_every_name_means_what_pint_reads():
    """All units of the list with all prefixes, and plurals: the same factor and dimension as by pint, or no unit."""
    prefixes, units = reader._list()
    reference = _registry()
    for name in (f"{prefix}{unit}{plural}" for prefix in prefixes for unit in units for plural in ("", "s")):
        try:
            theirs = reference.Quantity(1.0, reference.parse_units(name))
        except (pint.PintError, ValueError):
            with pytest.raises(UnknownUnit):
                reader.read(name)
            continue
        ours = reader.read(name)
        if not ours.offset:
            assert ours.factor == pytest.approx(theirs.to_root_units().magnitude, rel=1e-12), name
            assert ours.powers == {key.strip("[]"): power for key, power in theirs.dimensionality.items()}, name


def test_a_temperature_scale_is_no_factor():
    """25 °C is a temperature; a rate per °C is ambiguous, and refused."""
    assert quantity("-10 °C", "K") == 263.15
    with pytest.raises(UnitError, match="V/degC"):
        quantity("1 V/degC", "V/s")
    with pytest.raises(UnitError, match="length"):
        quantity("3 degC", "m")


def test_conversion_adds_no_round_off():
    """A mole per litre is a thousand moles per cubic metre, not 999.9999999999999."""
    assert quantity("1 mol/L", "mol/m^3") == 1000.0


def test_wrong_dimension_shows_both():
    with pytest.raises(UnitError, match=r"mA/cm \(current/length\).*S/m \(current\^2 time\^3"):
        quantity("1 mA/cm", "S/m")


@pytest.mark.parametrize("text", ["nan m", "inf m", "-infinity m", "1e999 m", "1e308 km", "NaN um"])
def test_only_finite_numbers(text):
    with pytest.raises(UnitError, match="finite"):
        quantity(text, "m")


@pytest.mark.parametrize("value", [10, 1e-5, True, None, ["1 m"], {"m": 1}])
def test_bare_values_are_told_how_to_write_them(value):
    with pytest.raises(UnitError, match=r'length, .*"10 um"'):
        quantity(value, "m")


def test_a_number_without_unit():
    with pytest.raises(UnitError, match="missing"):
        quantity("10", "m")


@pytest.mark.parametrize(
    "text",
    [
        "", "m", "10 foo", "10 m^", "10 (m", "10 9**9**9 m", "10 m^999999999", "10 m^0.3", "10 m^0.55", "1 __class__",
        "1" + " m" * 200, "1 m-", "1 m2-3", "1 m999", "1 -2m", "1 ⁻²", "1 m2²",
    ],
)
def test_nonsense_is_refused(text):
    with pytest.raises(UnitError):
        quantity(text, "m")


CHARACTERS = "0123456789.eE+-_ mKVAsS/*^()²⁻−⋅µ°[]{}%'\"\\\n"


@given(st.text(alphabet=CHARACTERS, max_size=40), st.sampled_from(["m", "A/m^2", "K"]))
def test_any_text_is_finite_or_refused(text, unit):
    try:
        assert math.isfinite(quantity(text, unit))
    except UnitError:
        pass


@pytest.mark.parametrize("text", ["1 m^9^9^9^9", "1 m**9**9**9", "1 m^(9)^(9)^(9)^(9)", "1 m9⁹^9 ^9", "1 m⁹ ** 9^9"])
def test_towers_of_powers_are_refused(text):
    """Before Pint computes 9^(9^9)."""
    with pytest.raises(UnitError):
        quantity(text, "m")


def test_a_long_refusal_is_quick():
    """No text makes the pattern of units backtrack for ever."""
    with pytest.raises(UnitError):
        quantity("1 " + "m" * 60 + "!", "m")


@pytest.mark.parametrize(
    ("bounds", "text", "named"),
    [
        ({"above": 0.0}, "0 um", "more than 0 m"),
        ({"least": 1e-6}, "1 nm", "least 1 µm"),
        ({"most": 1.0}, "2 m", "most 1 m"),
    ],
)
def test_bounds_are_named_in_the_unit(bounds, text, named):
    with pytest.raises(UnitError) as caught:
        Dimensional("m", **bounds).read(text)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3e-6, "m", "3 µm"),
        (9.999996e-7, "m", "1 µm"),
        (0.0, "m", "0 m"),
        (-0.0152, "V", "-15.2 mV"),
        (8.083e-9, "m/s", "8.083 nm/s"),
        (1.2e-17, "m^2/s", "1.2e-17 m^2/s"),
        (60.0, "A/m^2", "60 A/m^2"),
        (59.0, "s", "59 s"),
        (3600.0, "s", "3600 s (60 min)"),
        (1e-3, "s", "1 ms"),
        (1e6, "s", "1e+06 s (11.6 d)"),
        (math.inf, "s", "inf s"),
        (0.3123456, "", "0.3123"),
    ],
)
def test_pretty(value, unit, text):
    assert pretty(value, unit) == text


COLUMNS = [column for model in registry.names() for column in of_a_run(registry.columns(model))]


@pytest.mark.parametrize("unit", sorted({unit for c in COLUMNS for unit in (c.unit, c.shown)} - {"", "1"}))
def test_heads_of_our_own_tables_are_read(unit):
    """A value copied from history.csv, or from `phasefield compare`, with the unit of its head."""
    exponents = unit.replace("²", "2").replace("m2", "m^2").replace("m3", "m^3").replace("µ", "u")
    assert quantity(f"3 {unit}", exponents) == pytest.approx(3.0, rel=1e-14)


@given(st.floats(1e-12, 1e6))
def test_pretty_lengths_read_back(value):
    """What is shown to people is the value, to its digits."""
    assert quantity(pretty(value, "m", digits=12), "m") == pytest.approx(value, rel=1e-11)


def test_the_list_of_units_says_nothing_twice(caplog):
    _registry.__wrapped__()
    assert not caplog.records
