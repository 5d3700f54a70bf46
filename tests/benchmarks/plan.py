"""Which jobs `make bench` and `make bench-full` run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.jobs import Job

#: Programs that take minutes where the others take seconds: fewer steps, fewer repeats.
SLOW = ("fipy", "plain-fipy")
#: Programs that do not solve the problems with a salt, so that only time and memory of the others are measured.
SINGLE_ION = ("split",)
MEMORY_RANKS = (1, 2, 4)


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes
    ----------
    programs : tuple of str
    planes, boxes : tuple of tuple of int
        Cells of the 2-D and 3-D problems, smallest first; bars are for the last.
    repeats : int
        Of the fast programs' jobs.
    shared : tuple of int
        Cells of the box that one and two ranks take.
    per_rank : tuple of int
        Cells of each rank where memory is compared between numbers of ranks.
    long_steps, deck_steps : int
        Of the search for leaks, and of each shipped deck.
    """

    programs: tuple[str, ...]
    planes: tuple[tuple[int, ...], ...] = ((128, 128), (256, 256))
    boxes: tuple[tuple[int, ...], ...] = ((32, 32, 32), (48, 48, 48))
    repeats: int = 3
    shared: tuple[int, ...] = (96, 96, 96)
    per_rank: tuple[int, ...] = (48, 48, 48)
    long_steps: int = 2000
    deck_steps: int = 8

    @property
    def fast(self) -> tuple[str, ...]:
        """Programs that are measured in everything."""
        return tuple(p for p in self.programs if p not in (*SLOW, *SINGLE_ION))

    def job(self, program: str, cells: tuple[int, ...], transport: str = "single-ion") -> Job:
        """Time, memory and iterations of a program on a problem."""
        slow = program in SLOW
        options = ("--warm-up", "1") if slow else ()
        return Job(program, cells, transport, 2 if slow else 10, options=options)

    def shared_job(self, program: str, ranks: int) -> Job:
        """The shared box on some ranks."""
        return Job(program, self.shared, "single-ion", 5, ranks, ("--assemblies", "0", "--no-fields"))

    def memory_jobs(self, program: str) -> list[Job]:
        """Boxes that grow in height with the number of ranks."""
        nx, ny, nz = self.per_rank
        options = ("--assemblies", "0", "--no-fields")
        return [Job(program, (nx, ny, nz * n), "binary", 2, n, options) for n in MEMORY_RANKS]

    def start_job(self, program: str, cold: bool) -> Job:
        """A process that only starts."""
        return Job(program, (16, 16, 16), "single-ion" if program in SINGLE_ION else "binary", 1, cold=cold)

    def long_job(self, program: str) -> Job:
        """Many steps of a tiny problem, so short that the front stays in the box."""
        options = ("--shorter", "1e-3", "--every", str(self.long_steps // 20), "--no-fields")
        return Job(program, (16, 16), "binary", self.long_steps, options=options)

    def once(self) -> Iterator[Job]:
        """Jobs that need no repetition: the slow programs, and counts. Last, when all kernels are compiled: a compiler
        needs memory, too.
        """
        for program in self.programs:
            if program in SLOW:
                yield from (self.job(program, cells) for cells in (*self.planes, *self.boxes))
                yield from (self.job(program, cells, "binary") for cells in (self.planes[0], self.boxes[0]))
            elif program not in SINGLE_ION:
                yield from self.memory_jobs(program)
                yield self.long_job(program)
            yield self.start_job(program, cold=True)

    def repeated(self) -> Iterator[Job]:
        """Jobs whose times are compared, the programs in turn."""
        for cells in (*self.planes, *self.boxes):
            for transport in ("single-ion", "binary"):
                yield from (self.job(program, cells, transport) for program in self.fast)
            yield from (self.job(program, cells) for program in self.programs if program in SINGLE_ION)
        yield from (self.shared_job(program, ranks) for program in self.fast for ranks in (1, 2))
        yield from (self.start_job(program, cold=False) for program in self.programs)
