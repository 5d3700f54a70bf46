"""Materials at the door: names, properties and files that are wrong, and what `phasefield materials` prints."""

import re

import pytest

from phasefield import cli, materials
from phasefield.materials import PROPERTIES, MaterialError
from phasefield.materials.library import parse, written
from phasefield.materials.schema import ACTIVATION

BY_NAME = pytest.mark.parametrize("material", [*map(materials.load, materials.names())], ids=lambda m: m.name)

SMALL = """\
name = "X"
formula = "X"
role = "coating"
[ionic_conductivity]
value = "1e-4 S/cm"
what = "bulk"
source = "doe2000"
[references.doe2000]
authors = ["J. Doe"]
year = 2000
title = "X & Y"
journal = "J"
doi = "10.1000/x"
"""


@pytest.fixture
def call(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            cli.main(["materials", *arguments])
        printed = capsys.readouterr()
        return caught.value.code or 0, printed.out, printed.err

    return call


def test_what_is_not_known_at_a_temperature_is_not_made_up():
    with pytest.raises(MaterialError, match=r"PEO-LiTFSI: ionic_conductivity is known at 298.15 K only, not at 353"):
        materials.load("PEO").value("ionic_conductivity", 353.15)
    assert materials.load("PEO").value("oxidation_potential", 353.15) == 3.9
    with pytest.raises(MaterialError, match="from 100 K to 2000 K"):
        materials.load("LLZO").value("ionic_conductivity", 25.0)


def test_missing_properties():
    with pytest.raises(MaterialError, match="LiF has no yield_stress; it has: ionic_conductivity, "):
        materials.load("LiF").value("yield_stress")
    with pytest.raises(MaterialError, match="did you mean ionic_conductivity"):
        materials.load("LiF").value("ionic_conductivty")


@pytest.mark.parametrize("name", ["llzo", "C_LLZO", " c llzo ", "Li₇La₃Zr₂O₁₂"])
def test_case_and_spelling_do_not_matter(name):
    assert materials.load(name).name == "c-LLZO"


@pytest.mark.parametrize("name, meant", [("LLZOO", "c-LLZO"), ("Li6PS5C", "Li6PS5Cl"), ("grafite", "graphite")])
def test_the_nearest_name_is_offered(name, meant):
    with pytest.raises(MaterialError, match=f"did you mean {meant}\\?.*phasefield materials list"):
        materials.load(name)


def test_nothing_is_near():
    with pytest.raises(MaterialError, match='no material is called "unobtainium"; `phasefield materials list`'):
        materials.load("unobtainium")


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("1e-4 S/cm", "1e-4 V", 'ionic_conductivity.value = "1e-4 V"'),
        ("1e-4 S/cm", "1e-4 Sm/cm", "is not a unit known here"),
        ("1e-4 S/cm", "1e-4", "the unit is missing"),
        ("[ionic_", "[iomic_", "did you mean ionic_conductivity"),
        ('"doe2000"', '"doe200"', 'did you mean "doe2000"'),
        ('source = "doe2000"', "", "source: is required"),
        ('source = "doe2000"', "estimate = true", "every estimate needs one"),
        ('what = "bulk"', 'what = "bulk"\nrange = ["1 S/cm", "2 S/cm"]', "inside its own range"),
        ('what = "bulk"', 'what = "bulk"\nrange = ["1 S/cm", "1e-9 S/cm"]', "inside its own range"),
        ('"coating"', '"coatings"', 'did you mean "coating"'),
        ("10.1000/x", "doi:10.1000/x", "references.doe2000.doi"),
        ('journal = "J"', "", "give a journal"),
        ("[references.doe2000]", "[references.roe1999]", "no value refers to it"),
        ("role =", "role", "is not valid TOML"),
    ],
)
def test_wrong_files_are_refused(old, new, message):
    assert parse(SMALL, "x.toml").value("ionic_conductivity") == pytest.approx(0.01)
    with pytest.raises(MaterialError, match=re.escape(message)) as caught:
        parse(SMALL.replace(old, new), "x.toml")
    assert str(caught.value).startswith("x.toml: ")


def test_a_window_upside_down_is_refused():
    """Reduction above oxidation contradicts itself: no potential would be left at which the material is stable."""
    ends = "".join(
        f'[{end}_potential]\nvalue = "{volts} V"\nwhat = "?"\nestimate = true\nwhy = "?"\n'
        for end, volts in (("reduction", 3), ("oxidation", 2))
    )
    with pytest.raises(MaterialError, match=r"reduction_potential\.value .*must not be above the oxidation potential"):
        parse(SMALL + ends, "x.toml")


def test_list(call):
    code, out, err = call("list")
    assert (code, err) == (0, "")
    assert all(name in out for name in materials.names())
    row = next(line for line in out.splitlines() if line.startswith("LATP "))
    assert row.split() == ["LATP", "Li1.3Al0.3Ti1.7(PO4)3", "electrolyte", "7.0e-04", "~1.0e-09", "2.17", "to", "4.21"]


@BY_NAME
def test_show_prints_every_value_as_it_is_written(call, material):
    code, out, _ = call("show", material.name.lower())
    assert code == 0
    for key in material.data():
        assert re.search(rf"^{key} .*{re.escape(str(written(material.name)[key]['value']))}", out, re.MULTILINE)
    assert all(f"[{key}]" in out for key in material.references)
    assert max(map(len, out.splitlines())) <= 120


def test_cite(call):
    code, out, _ = call("cite", "LLZO", "LGPS")
    assert code == 0
    assert "https://doi.org/10.1002/anie.200701144" in out
    assert out.count("[zhu2015]") == 1


def test_cite_in_bibtex(call):
    code, out, _ = call("cite", "LGPS", "LiF", "--bibtex")
    assert code == 0
    assert "@article{kamaya2011,\n  author = {N. Kamaya and K. Homma and Y. Yamakawa and others},\n" in out
    assert "  title = {{A lithium superionic conductor}},\n" in out
    assert r"ACS Applied Materials \& Interfaces" in out
    assert "@book{haynes2016," in out
    assert out.count("{") == out.count("}")


def test_an_unknown_material_is_one_clear_message(call):
    code, out, err = call("show", "LLZOO")
    assert (code, out) == (2, "")
    assert err.startswith('error: no material is called "LLZOO"; did you mean c-LLZO?')
    assert err.count("\n") == 1


def test_properties_are_all_those_of_the_schema():
    assert set(ACTIVATION) < set(PROPERTIES)
    assert set(ACTIVATION.values()) < set(PROPERTIES)
    assert "name" not in PROPERTIES
