"""The processor cores there are."""

import os


def cores() -> int:
    """How many cores this process may run on: those of its job, where the queue binds jobs to cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
