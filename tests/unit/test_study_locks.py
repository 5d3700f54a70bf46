"""Locks of studies: whom one belongs to, and when it is of nobody any more."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from phasefield.study import lock
from phasefield.study.lock import STALE, claimed, is_held


def test_a_lock_is_held_by_one(tmp_path):
    base = tmp_path / "case.lock"
    with claimed(base) as first:
        assert first is not None and is_held(base)
        with claimed(base) as second:
            assert second is None
        assert is_held(base)
    assert not is_held(base) and not list(tmp_path.iterdir())


def write_lock(base, pid, host=None, session=0):
    """The lock of another process, on this machine or another one."""
    with claimed(base.with_name("mine")) as mine:
        content = json.loads(mine.path.read_text())
    content |= {"pid": pid, "session": session} | ({"host": host} if host else {})
    path = base.with_name(f"{base.name}.0123456789abcdef")
    path.write_text(json.dumps(content))
    return path


def test_the_lock_of_a_dead_runner_is_taken_over(tmp_path):
    base = tmp_path / "case.lock"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    path = write_lock(base, dead.pid)
    assert not is_held(base)
    with claimed(base) as claim:
        assert claim is not None and not path.exists() and is_held(base)
    assert not list(tmp_path.iterdir())


def test_a_later_process_of_the_same_number_does_not_keep_a_lock(tmp_path):
    base = tmp_path / "case.lock"
    path = write_lock(base, os.getpid())
    assert is_held(base)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"born": "1"}))
    assert not is_held(base)


def test_the_job_of_a_dead_runner_keeps_its_lock(tmp_path):
    """A runner that was killed leaves its job running: it must not be started a second time meanwhile."""
    base = tmp_path / "case.lock"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    job = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        write_lock(base, dead.pid, session=job.pid)
        assert is_held(base)
    finally:
        job.kill()
        job.wait()
    assert not is_held(base)


def test_a_lock_from_another_machine_counts_while_its_heart_beats(tmp_path):
    base = tmp_path / "case.lock"
    path = write_lock(base, 1, host="elsewhere")
    assert is_held(base)
    past = time.time() - STALE - 5
    os.utime(path, (past, past))
    assert not is_held(base)


CLAIM = """
import os, sys, time
from pathlib import Path
from phasefield.study.lock import claimed
base, begin = Path(sys.argv[1]), float(sys.argv[2])
time.sleep(max(0, begin - time.time()))
for n in range(400):
    with claimed(base) as claim:
        if claim is not None:
            own = base.with_name("inside")
            os.close(os.open(own, os.O_CREAT | os.O_EXCL))  # fails if somebody else is inside
            time.sleep(0.0005)
            own.unlink()
"""


def test_four_processes_are_never_inside_at_once(tmp_path):
    """Each tries four hundred times; two inside at once would fail to make the same file."""
    begin = str(time.time() + 0.7)
    arguments = [sys.executable, "-c", CLAIM, str(tmp_path / "case.lock"), begin]
    processes = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors


@pytest.mark.parametrize(("name", "stays"), [("0" * 16, False), ("f" * 16, True)])
def test_of_two_that_come_at_once_the_first_by_name_stays(tmp_path, monkeypatch, name, stays):
    """The other one makes its file after we looked, and goes when it has seen ours."""
    base = tmp_path / "case.lock"
    other = base.with_name(f"{base.name}.{name}")
    made = write_lock(base.with_name("elsewhere"), os.getpid())
    monkeypatch.setattr(lock, "is_held", lambda _: not made.rename(other))
    leaves = threading.Timer(0.2, other.unlink)
    leaves.start()
    with claimed(base) as claim:
        assert (claim is not None) == stays
    leaves.join()
    assert not list(tmp_path.iterdir())
