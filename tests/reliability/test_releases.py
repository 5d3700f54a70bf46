"""Runs that earlier releases left behind: each can still be opened, and gone on with."""

import pytest

from phasefield import __version__
from phasefield.io.rundir import HISTORY, open_run
from phasefield.run import runner
from tests.reliability.releases import STEP, stored, unpacked

#: What the books of a run may be off by in the end, of what passed; they were opened by the earlier release.
CLOSED = 1e-6


def test_this_release_is_stored():
    assert any(path.name == f"runs-{__version__}.tar.xz" for path in stored())


@pytest.mark.promise("runs that earlier releases left behind go on")
@pytest.mark.parametrize("archive", stored(), ids=lambda path: path.name)
def test_runs_of_earlier_releases_go_on(archive, tmp_path):
    """To their end, with the rows they had, and with books that still close: charge, salt, electrons against ions."""
    for path in unpacked(archive, tmp_path):
        lines = (path / HISTORY).read_text().splitlines()[: STEP + 2]
        run = runner.restart(path)
        assert run.status["state"] == "done", path.name
        assert run.manifest["restarts"] == [{"after step": STEP, "ranks": 1}]
        assert (path / HISTORY).read_text().splitlines()[: STEP + 2] == lines
        closures = [head for head in run.history.columns if "closure" in head]
        assert "Charge closure [1]" in closures
        for head in closures:
            assert run.history[head] == pytest.approx(0.0, abs=CLOSED), (path.name, head)
        assert len(open_run(path).times) == 2
        assert "columns" in run.resolved
        declared = [column.head for column in run.columns]
        assert list(run.history.columns) == [head for head in declared if head in run.history], path.name
