"""The watch that needs no Python: it ends a process that makes no progress, and no other."""

import signal
import subprocess
import sys
import time

import pytest

from phasefield.parallel import EXIT_ABORTED

#: Beats for a second, then does what the argument requests; patience 1 s.
PROGRAM = """
import ctypes, os, signal, sys, time
from phasefield.run.native_watchdog import Heartbeat
heart = Heartbeat(1.0, "error: told\\n")
heart.start()
for _ in range(20):
    time.sleep(0.05)
    heart.beat()
print("alive", flush=True)
ACTION
print("over", flush=True)
"""
#: As a library does that waits inside MPI: with Python's lock in its hands.
IN_A_LIBRARY = "ctypes.PyDLL(None).sleep(30)"
GOES_ON = """
for _ in range(40):
    time.sleep(0.05)
    heart.beat()
heart.stop()
"""


@pytest.fixture(scope="module")
def processes():
    """One for each action, by name, all at once: they sleep most of the time."""
    actions = {"hangs": IN_A_LIBRARY, "stopped": "heart.stop(); time.sleep(2.5)", "goes on": GOES_ON}
    started = {}
    for name, action in actions.items():
        command = [sys.executable, "-c", PROGRAM.replace("ACTION", action)]
        started[name] = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    yield started
    for process in started.values():
        process.kill()


def test_time_in_which_the_process_was_suspended_does_not_count(processes):
    """Suspended for twice its patience, it continues."""
    process = processes["goes on"]
    assert process.stdout.readline() == "alive\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(2.0)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("over\n")


def test_process_that_hangs_in_a_library_ends(processes):
    """No thread of Python runs meanwhile."""
    process = processes["hangs"]
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (EXIT_ABORTED, "alive\n", "error: told\n")


def test_watch_that_was_stopped_ends_nothing(processes):
    out, err = processes["stopped"].communicate(timeout=60)
    assert (out, err) == ("alive\nover\n", "")
