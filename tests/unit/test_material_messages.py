"""Materials at the door: names, properties and files that are wrong, and what `phasefield materials` prints."""

import re

import pytest

from phasefield import cli, materials
from phasefield.materials import PROPERTIES, MaterialError
from phasefield.materials.library import parse, written
from phasefield.materials.schema import ACTIVATION
from tests.errors import refused

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
    with refused(MaterialError, "", "PEO-LiTFSI", "ionic_conductivity", "298.15 K", "353.15 K"):
        materials.load("PEO").value("ionic_conductivity", 353.15)
    assert materials.load("PEO").value("oxidation_potential", 353.15) == 3.9
    with refused(MaterialError, "", "100 K", "2000 K"):
        materials.load("LLZO").value("ionic_conductivity", 25.0)


def test_missing_properties():
    with refused(MaterialError, "unknown-name", "LiF", "yield_stress", "ionic_conductivity, "):
        materials.load("LiF").value("yield_stress")
    with refused(MaterialError, "unknown-name", "ionic_conductivity"):
        materials.load("LiF").value("ionic_conductivty")


@pytest.mark.parametrize("name", ["llzo", "C_LLZO", " c llzo ", "Li₇La₃Zr₂O₁₂"])
def test_case_and_spelling_do_not_matter(name):
    assert materials.load(name).name == "c-LLZO"


@pytest.mark.parametrize("name, meant", [("LLZOO", "c-LLZO"), ("Li6PS5C", "Li6PS5Cl"), ("grafite", "graphite")])
def test_the_nearest_name_is_offered(name, meant):
    with refused(MaterialError, "unknown-name", f" {meant}?", "list`"):
        materials.load(name)


def test_nothing_is_near():
    with refused(MaterialError, "unknown-name", '"unobtainium"', "list`"):
        materials.load("unobtainium")


@pytest.mark.parametrize(
    "old, new, named",
    [
        ("1e-4 S/cm", "1e-4 V", 'ionic_conductivity.value = "1e-4 V"'),
        ("1e-4 S/cm", "1e-4 Sm/cm", 'ionic_conductivity.value = "1e-4 Sm/cm"'),
        ("1e-4 S/cm", "1e-4", 'ionic_conductivity.value = "1e-4": '),
        ("[ionic_", "[iomic_", " ionic_conductivity"),
        ('"doe2000"', '"doe200"', '"doe2000"'),
        ('source = "doe2000"', "", "ionic_conductivity.source: "),
        ('source = "doe2000"', "estimate = true", "ionic_conductivity.why: "),
        ('what = "bulk"', 'what = "bulk"\nrange = ["1 S/cm", "2 S/cm"]', "ionic_conductivity.value"),
        ('what = "bulk"', 'what = "bulk"\nrange = ["1 S/cm", "1e-9 S/cm"]', "ionic_conductivity.value"),
        ('"coating"', '"coatings"', '"coating"?'),
        ("10.1000/x", "doi:10.1000/x", "references.doe2000.doi"),
        ('journal = "J"', "", "journal"),
        ("[references.doe2000]", "[references.roe1999]", "references.roe1999"),
        ("role =", "role", "TOML"),
    ],
)
def test_wrong_files_are_refused(old, new, named):
    assert parse(SMALL, "x.toml").value("ionic_conductivity") == pytest.approx(0.01)
    with refused(MaterialError, "", named) as caught:
        parse(SMALL.replace(old, new), "x.toml")
    assert str(caught.value).startswith("x.toml: ")


def test_a_window_upside_down_is_refused():
    """Reduction above oxidation contradicts itself: no potential would be left at which the material is stable."""
    ends = "".join(
        f'[{end}_potential]\nvalue = "{volts} V"\nwhat = "?"\nestimate = true\nwhy = "?"\n'
        for end, volts in (("reduction", 3), ("oxidation", 2))
    )
    with refused(MaterialError, "", "reduction_potential.value", "oxidation"):
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
