"""Number of processor cores available."""

import os


def cores() -> int:
    """Number of cores that this process may use; only those of its job if the queue binds jobs to cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
