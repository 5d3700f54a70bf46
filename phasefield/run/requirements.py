"""What the machine must provide for a run: PETSc, and a launcher whose processes MPI connects."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from phasefield.errors import RunError

#: Number of processes that SLURM started together as one step.
_OF_STEP = "SLURM_STEP_NUM_TASKS"


@contextmanager
def needing_petsc() -> Iterator[None]:
    """Turn the failed import of petsc4py, which FiPy reports in its own way, into one sentence.

    Raises
    ------
    RunError
        petsc4py cannot be imported.
    """
    try:
        yield
    except ImportError as error:
        if "petsc" not in str(error).lower():
            raise
        ways = "Debian's package python3-petsc4py-real, or conda install -c conda-forge 'petsc4py=*=real*'"
        message = f"petsc4py cannot be imported ({error}); get it by {ways} (docs/install.md)"
        raise RunError(" ".join(message.split()), code="missing-package") from error


def require_one_job(size: int) -> None:
    """Refuse processes that SLURM started as one step but that MPI sees alone: each would run the whole deck.

    Parameters
    ----------
    size : int
        Number of ranks that MPI sees.

    Raises
    ------
    RunError
    """
    together = os.environ.get(_OF_STEP, "1")
    if size > 1 or not together.isdecimal() or int(together) < 2 or "OMPI_COMM_WORLD_SIZE" in os.environ:
        return
    raise RunError(
        f"srun started {together} processes, but this MPI sees each alone, so each would run the whole deck: use "
        f"`mpirun -n {together}`, or `srun --mpi=pmix` if `srun --mpi=list` has it; for independent runs, "
        f"unset {_OF_STEP}",
        code="wrong-launcher",
    )
