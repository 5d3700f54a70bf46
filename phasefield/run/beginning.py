"""How a run begins: in a new directory, or from a checkpoint in its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from phasefield import parallel
from phasefield.deck import Deck
from phasefield.engines.factory import compiled_engine
from phasefield.errors import RunError, argument
from phasefield.io import lock, safe, writer
from phasefield.io.rundir import Run
from phasefield.physics.registry import build
from phasefield.run import garbage
from phasefield.run.deck_changes import require_continuable
from phasefield.run.restart import newest, rewind_files
from phasefield.run.session import RunSession
from phasefield.run.stop_requests import Watchdog
from phasefield.run.user_observers import UserObserver, stateful

log = logging.getLogger(__name__)


def begin(deck: Deck, text: str, directory: Path, force: bool, observers: Sequence[UserObserver] = ()) -> Run:
    """Run a deck in a new directory. Collective.

    Parameters
    ----------
    deck : Deck
    text : str
        Text of the deck, with its overrides.
    directory : Path
    force : bool
        Replace an existing run.
    observers : sequence of callable
        The user's observers; see :func:`phasefield.run.runner.run`.

    Raises
    ------
    RunError, StepError, ObserverError, Stopped
        As for :func:`phasefield.run.runner.run`.
    """
    stateful(observers)  # raises before anything is written, if one is not an observer
    if deck.compiles:
        compiled_engine()  # imported while no watchdog waits
    with Watchdog(deck.checkpoint.watchdog) as watchdog:
        with garbage.left():
            case = build(deck)
            watchdog.beat()
            engine = case.engine()
        watchdog.beat()
        directory = writer.create(directory, force)
        with _ours(directory):
            return RunSession(directory, deck, text, case, engine, watchdog, observers).run()


def go_on(
    earlier: Run, unchanged: Deck, deck: Deck, text: str, fallback: bool, observers: Sequence[UserObserver] = ()
) -> Run:
    """Continue a run. Collective.

    Parameters
    ----------
    earlier : Run
    unchanged : Deck
        Deck in the run directory.
    deck, text, observers
        As for :func:`begin`. If the deck is unchanged, a run that is done is not continued.
    fallback : bool
        Use an earlier checkpoint if the newest is damaged.

    Raises
    ------
    RunError, StepError, ObserverError, Stopped
        As for :func:`phasefield.run.runner.restart`.
    """
    stateful(observers)
    directory = earlier.path
    if deck.compiles:
        compiled_engine()
    with _ours(directory), Watchdog(deck.checkpoint.watchdog) as watchdog:
        if deck is unchanged and parallel.on_root(lambda: earlier.done):
            log.info("%s is done; to continue it, use %s", directory, argument("until"))
            return earlier
        saved = newest(directory, parallel.comm(), fallback)
        with garbage.left():
            case = build(deck)
        for key, (old, new) in require_continuable(saved, unchanged, deck, case.scales.time).items():
            log.warning("%s was %s, is now %s", key, old, new)
        watchdog.beat()
        with garbage.left():
            engine = case.engine()
        watchdog.beat()
        rewind_files(directory, saved, engine.comm)
        return RunSession(directory, deck, text, case, engine, watchdog, observers, saved).run()


@contextmanager
def _ours(directory: Path) -> Iterator[None]:
    """Lock the directory against other processes, and also write the log there."""
    with ExitStack() as stack:
        stack.enter_context(safe.held(directory))
        parallel.on_root(lambda: stack.enter_context(lock.held(directory)))
        try:
            parallel.configure_logging(directory / "run.log", open_file=safe.appended)
        except OSError as error:
            raise RunError(
                f"{directory / 'run.log'}: cannot be written ({error.strerror})", code="unwritable"
            ) from None
        stack.callback(parallel.configure_logging, None)
        yield
