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
