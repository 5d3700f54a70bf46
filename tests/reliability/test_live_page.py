"""`phasefield run --live`: the page follows the run from a process of its own, and neither waits for the other."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from phasefield.errors import RunError
from phasefield.io.rundir import open_run
from phasefield.postprocess.viewer import launch
from tests.errors import refused
from tests.parallel.mpi import mpirun
from tests.unit.decks import FLAT, SINGLE_ION
from tests.unit.synthetic_run import write_run

TINY = [*FLAT, 'domain.cell_size="0.4 um"', "stop.time=20 s"]


@pytest.fixture
def arguments(tmp_path):
    (tmp_path / "deck.toml").write_text(SINGLE_ION)
    changes = [word for change in TINY for word in ("--set", change)]
    return ["-m", "phasefield", "run", str(tmp_path / "deck.toml"), "-o", str(tmp_path / "run"), "--live", *changes]


def viewers(directory):
    """Processes of pages of a run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"view" in words and str(directory).encode() in words:
            found.append(int(entry.name))
    return found


@contextmanager
def no_page_left(directory):
    try:
        yield
    finally:
        for process in viewers(directory):
            os.kill(process, signal.SIGKILL)


def addresses(text):
    return re.findall(r"http://localhost:\d+/\S+/", text)


def test_page_of_a_run_outlives_it(tmp_path, arguments):
    """On two ranks there is one page; mpirun does not wait for it, and it shows the finished run."""
    with no_page_left(tmp_path / "run"):
        job = mpirun(2, arguments, timeout=280)
        assert job.returncode == 0, job.stdout
        (address,) = addresses(job.stdout)
        assert len(viewers(tmp_path / "run")) == 1
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert answer.status == 200
    assert open_run(tmp_path / "run").done
    assert address not in (tmp_path / "run" / "run.log").read_text()  # which others may read


def test_run_does_not_need_its_page(tmp_path, arguments):
    """The page is killed while the run goes on, which ends as if nothing had happened."""
    arguments = [*arguments, "--set", "stop.time=2000 s"]
    process = subprocess.Popen([sys.executable, *arguments], stderr=subprocess.PIPE, text=True)
    with no_page_left(tmp_path / "run"):
        assert process.stderr is not None
        for line in process.stderr:
            if addresses(line):
                break
        for page in viewers(tmp_path / "run"):
            os.kill(page, signal.SIGKILL)
        process.communicate(timeout=280)
    assert process.returncode == 0 and open_run(tmp_path / "run").done


def test_page_that_cannot_start_is_an_error(tmp_path):
    """Another process has the port."""
    with socket.create_server(("127.0.0.1", 0)) as other, refused(RunError, "no-page", port := other.getsockname()[1]):
        launch.view(tmp_path, port=port)


def test_page_in_a_notebook(tmp_path):
    """A frame with the address of a page in another process, which ends when it is closed."""
    place = write_run(tmp_path / "run", (8, 9), (20.0, 20.0), snapshots=2, holes=[])
    with no_page_left(place):
        page = launch.view(place)
        (address,) = addresses(page._repr_html_())
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert answer.status == 200
        page.close()
        assert not viewers(place)
