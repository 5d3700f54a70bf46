"""The doors to a run: decks are checked here before anything large is imported or allocated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from phasefield import check, parallel
from phasefield.deck import Deck, deck_text, load_deck
from phasefield.errors import RunError
from phasefield.io import safe
from phasefield.io.rundir import DECK, open_run

if TYPE_CHECKING:
    from phasefield.io.rundir import Run


def run(deck, output=None, force: bool = False, overrides: Sequence[str] = ()) -> Run:
    """Simulate a deck. Collective under MPI.

    Parameters
    ----------
    deck : str, Path or Deck
        File of a deck, or one already loaded.
    output : str or Path, optional
        Run directory to make; by default ``runs/`` and the deck's name.
    force : bool
        Replace an earlier run of that name, and run in spite of errors that ``check`` reports.
    overrides : sequence of str
        ``key=value``, as of ``--set``; only with a file.

    Returns
    -------
    Run

    Raises
    ------
    DeckError
        The deck is not valid, or should not be run.
    RunError
        The run directory cannot be made.
    StepError
        A time step failed for good; the directory holds everything up to it.
    Stopped
        The run was asked to stop, and wrote a checkpoint.
    """
    parallel.install_abort_hook()
    path = None if isinstance(deck, Deck) else Path(deck)
    directory = Path(output or Path("runs") / (path.stem if path else "deck"))
    here = parallel.ranks_here()

    def load() -> tuple[str | None, Deck]:
        loaded = load_deck(path, overrides) if path else deck
        check.require(loaded, str(path or loaded.title or "deck"), directory, (parallel.comm().size, here), force)
        if path is None:
            return None, loaded
        copies = [f"{key}={name}" for key, (name, _) in loaded.attachments.items()]
        return deck_text(path, [*overrides, *copies]), loaded

    text, deck = parallel.on_root(load)
    from phasefield.run.session import begin  # FiPy, PETSc and Numba: a second and 100 MB, for decks that are let in

    return begin(deck, text, directory, force)


def restart(directory, overrides: Sequence[str] = (), fallback: bool = True, force: bool = False) -> Run:
    """Go on with a run from its newest checkpoint. Collective under MPI, on any number of ranks.

    Parameters
    ----------
    directory : str or Path
        Run directory.
    overrides : sequence of str
        ``key=value`` changes of its deck; see :data:`phasefield.run.restart.CHANGEABLE`.
    fallback : bool
        Go back to an earlier checkpoint if the newest is damaged.
    force : bool
        Go on although memory or disk is not expected to suffice.

    Returns
    -------
    Run

    Raises
    ------
    DeckError
        The deck, as changed, is not valid, or what is left of the run will not fit here.
    RunError
        No checkpoint can be trusted, another process is running it, or a change would make it another cell.
    StepError, Stopped
        As of :func:`run`.
    """
    parallel.install_abort_hook()
    directory = Path(directory)
    ranks = parallel.comm().size, parallel.ranks_here()

    def load() -> tuple[str, Deck, Deck, Run]:
        earlier = open_run(directory)
        path = directory / DECK
        if not safe.is_plain(path):
            raise RunError(f"{path}: missing; only a run that was made from a file can go on")
        unchanged = load_deck(path)
        deck = load_deck(path, overrides) if overrides else unchanged
        check.require_room(deck, str(path), directory, ranks, force)
        return deck_text(path, overrides), unchanged, deck, earlier

    text, unchanged, deck, earlier = parallel.on_root(load)
    from phasefield.run.session import go_on

    return go_on(earlier, unchanged, deck, text, fallback)
