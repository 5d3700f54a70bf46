"""The watch that needs no Python: it ends a process that makes no progress, and no other."""

import signal
import subprocess
import sys
import time

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
for _ in range(60):
    time.sleep(0.05)
    heart.beat()
heart.stop()
"""


def run(action):
    command = [sys.executable, "-c", PROGRAM.replace("ACTION", action)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_process_that_hangs_in_a_library_ends():
    """No thread of Python runs meanwhile."""
    process = run(IN_A_LIBRARY)
    assert process.stdout.readline() == "alive\n"
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (EXIT_ABORTED, "", "error: told\n")


def test_watch_that_was_stopped_ends_nothing():
    out, err = run("heart.stop(); time.sleep(2.5)").communicate(timeout=60)
    assert (out, err) == ("alive\nover\n", "")


def test_time_in_which_the_process_was_suspended_does_not_count():
    """Suspended for three times its patience, it continues."""
    process = run(GOES_ON)
    assert process.stdout.readline() == "alive\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(3.0)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("over\n")
