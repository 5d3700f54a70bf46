"""Which modules are changed, and the few quick tests that must notice; the quickest first."""

V, U = "tests/verification/", "tests/unit/"
RECORDS = U + "test_plating_record_by_hand.py"
CARRIERS = V + "test_two_carriers_by_hand.py"

PLAN = {
    "phasefield/physics/plating/model.py": (V + "test_plating_by_hand.py",),
    "phasefield/physics/plating_interphase/model.py": (CARRIERS + "::test_plating_over_an_interphase", CARRIERS),
    "phasefield/physics/plating_interphase/host.py": (CARRIERS + "::test_host",),
    "phasefield/physics/interphase/model.py": (CARRIERS + "::test_interphase", CARRIERS),
    "phasefield/physics/interphase/reaction_degree.py": (
        U + "test_degree_of_reaction_by_hand.py", CARRIERS + "::test_reaction_degree",
        CARRIERS + "::test_consumed_coating",
    ),
    "phasefield/physics/interphase/consumed_coating.py": (
        CARRIERS + "::test_consumed_coating", U + "test_degree_of_reaction_by_hand.py",
    ),
    "phasefield/physics/contact/model.py": (V + "test_contact_by_hand.py",),
    "phasefield/physics/wetting/model.py": (V + "test_wetting_by_hand.py",),
    "phasefield/physics/wetting/junction.py": (U + "test_junction.py",),
    "phasefield/physics/contact/insertion.py": (U + "test_insertion.py",),
    "phasefield/physics/contact/diagnostics.py": (
        V + "test_contact_measures_by_hand.py", U + "test_contact_record_by_hand.py",
    ),
    "phasefield/physics/contact/geometry.py": (U + "test_contact_geometry.py", U + "test_contact_case_by_hand.py"),
    "phasefield/physics/common/diagnostics.py": (U + "test_diagnostics.py", "-k", "not cut_into_boxes"),
    "phasefield/physics/common/case.py": (
        U + "test_plating_case_by_hand.py", U + "test_interphase_case_by_hand.py", U + "test_contact_case_by_hand.py",
        U + "test_interphase_record_by_hand.py", "-k", "steps or why or segment or parameters or row or tunnelling",
    ),
    "phasefield/physics/common/drive.py": (U + "test_drive.py",),
    "phasefield/physics/common/schedule.py": (U + "test_plating_case_by_hand.py",),
    "phasefield/physics/common/stop.py": (U + "test_plating_case_by_hand.py", "-k", "why"),
    "phasefield/mesh/shapes.py": (U + "test_geometry.py",),
    "phasefield/theory/excess.py": (U + "test_excess_by_hand.py",),
    "phasefield/physics/common/kinetics.py": (U + "test_kinetics_by_hand.py", U + "test_kinetics.py"),
    "phasefield/physics/common/surface.py": (V + "test_plating_by_hand.py", RECORDS, "-k", "not row and not tip"),
    "phasefield/physics/common/balance.py": (U + "test_small_laws.py",),
    "phasefield/physics/common/curvature.py": (U + "test_small_laws.py",),
    "phasefield/physics/common/energy.py": (U + "test_small_laws.py",),
    "phasefield/run/account.py": (U + "test_small_laws.py", "-k", "account"),
    "phasefield/physics/plating/ledger.py": (RECORDS, "-k", "ledger or overpotential or voltage"),
    "phasefield/physics/plating/record.py": (RECORDS, "-k", "plating_row or tip"),
    "phasefield/physics/plating_interphase/record.py": (U + "test_plating_interphase_record_by_hand.py",),
    "phasefield/physics/interphase/record.py": (U + "test_interphase_record_by_hand.py",),
    "phasefield/physics/contact/record.py": (U + "test_contact_record_by_hand.py",),
    "phasefield/physics/wetting/record.py": (U + "test_wetting_record_by_hand.py",),
    "phasefield/physics/plating/planar.py": (U + "test_plating_case_by_hand.py", "-k", "flat_cell"),
    "phasefield/physics/plating/layer.py": (U + "test_plating_case_by_hand.py", "-k", "layer or other_decks"),
    "phasefield/physics/plating/planned.py": (U + "test_planned_by_hand.py",),
    "phasefield/physics/plating/scales.py": (U + "test_plating_case_by_hand.py::test_scales",),
    "phasefield/physics/common/scales.py": (U + "test_plating_case_by_hand.py::test_scales",),
    "phasefield/physics/plating/case.py": (U + "test_plating_case_by_hand.py",),
    "phasefield/physics/interphase/scales.py": (U + "test_interphase_case_by_hand.py", "-k", "scales"),
    "phasefield/physics/contact/scales.py": (U + "test_contact_case_by_hand.py", "-k", "parameters"),
    "phasefield/physics/wetting/scales.py": (U + "test_wetting_case_by_hand.py",),
    "phasefield/physics/interphase/case.py": (U + "test_interphase_case_by_hand.py",),
    "phasefield/physics/plating_interphase/case.py": (U + "test_plating_interphase_case_by_hand.py",),
    "phasefield/physics/contact/case.py": (U + "test_contact_case_by_hand.py",),
    "phasefield/physics/wetting/case.py": (U + "test_wetting_case_by_hand.py",),
}  # fmt: skip
