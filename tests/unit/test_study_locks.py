"""Locks of studies: their holder, and when they become free."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from phasefield.io import safe
from phasefield.study import launch, lock
from phasefield.study.job import started
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


def test_a_study_that_may_only_be_read_can_be_asked(tmp_path, monkeypatch):
    """The file system's clock is read by writing a file; where one may not, this machine's has to do."""

    def refuse(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def may_read(path, flags, *more):
        return refuse() if flags else descriptor(path, flags, *more)

    base, descriptor = tmp_path / "case.lock", safe.descriptor
    path = write_lock(base, 1, host="elsewhere")
    monkeypatch.setattr(safe, "descriptor", may_read)
    monkeypatch.setattr(safe, "remove", refuse)
    assert is_held(base)
    past = time.time() - STALE - 5
    os.utime(path, (past, past))
    assert not is_held(base)


def test_a_full_disk_leaves_no_empty_lock(tmp_path, monkeypatch):
    def write_nothing(path, *_):
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(safe, "appended", write_nothing)
    with pytest.raises(OSError) as caught, claimed(tmp_path / "case.lock"):
        pytest.fail("it was claimed")
    assert caught.value.errno == errno.ENOSPC
    assert not list(tmp_path.iterdir())


def test_a_job_ends_when_its_lock_was_taken_over(tmp_path, monkeypatch):
    """Another runner took this one for dead and removed its file: the job, which has ten minutes to run, is ended."""
    monkeypatch.setattr(launch, "BEAT", 0.0)
    with claimed(tmp_path / "case.lock") as claim:
        taken_over = f"until grep -q session {claim.path}; do sleep 0.01; done; rm {claim.path}; exec sleep 600"
        command, log = ["sh", "-c", taken_over], tmp_path / "log"
        ending = launch.attempt(started, command, log, claim, threading.Event(), None, 60.0)
        assert ending.cause == "lost"
        assert not claim.beat() and not claim.path.exists()


@pytest.mark.parametrize(("grace", "code"), [(0.2, 128 + signal.SIGKILL), (30.0, 75)])
def test_a_job_that_is_to_stop_has_its_grace(tmp_path, grace, code):
    """One that takes half a second for its checkpoint."""
    stop, log = threading.Event(), tmp_path / "log"
    slow = "trap 'sleep 0.5; exit 75' USR1; echo ready; while :; do sleep 0.01; done"
    with claimed(tmp_path / "case.lock") as claim, ThreadPoolExecutor(1) as pool:
        job = pool.submit(launch.attempt, started, ["bash", "-c", slow], log, claim, stop, None, grace)
        while not log.exists() or "\nready" not in log.read_text():
            time.sleep(0.01)
        stop.set()
        assert job.result() == (code, "stop")


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
