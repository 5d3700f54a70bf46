"""A case of `phasefield verify` on this machine, by the command as it is installed."""

import json
import subprocess
import sys


def test_a_flat_cell(tmp_path):
    """Butler and Volmer's law and Ohm's law within the bounds of the case; its page, its log, its runs."""
    command = [sys.executable, "-m", "phasefield", "verify", "--only", "butler-volmer-ohm", "-o", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((tmp_path / "verify.json").read_text())
    (case,) = found["cases"]
    assert found["within"] == found["total"] == len(case["numbers"]) == 3
    assert all(abs(number["fine"] / number["theirs"] - 1) < 0.005 for number in case["numbers"])
    assert case["cpu_seconds"] > 0
    for size in ("1", "0.5"):
        assert (tmp_path / "runs" / "butler-volmer-ohm" / size / "voltage" / "history.csv").is_file()


def test_cases_side_by_side(tmp_path):
    """Two cases at the same time are on the page in its order, each with its runs; their numbers are those of one."""
    names = ["sand-time", "concentration-polarisation"]
    chosen = [word for name in names[::-1] for word in ("--only", name)]
    command = [sys.executable, "-m", "phasefield", "verify", *chosen, "--jobs", "2", "-o", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((tmp_path / "verify.json").read_text())
    assert [case["name"] for case in found["cases"]] == names[::-1]
    for case in found["cases"]:
        alone = json.loads((tmp_path / "runs" / case["name"] / "verify.json").read_text())
        assert case == alone["cases"][0] and case["held"] and case["cpu_seconds"] > 0
