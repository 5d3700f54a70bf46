"""Entry points from Python: decks are checked here before anything large is imported or allocated."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasefield import check, parallel
from phasefield.deck import Deck, parse_deck
from phasefield.deck.load import overridden, read_text
from phasefield.deck.renamed import kept_defaults
from phasefield.deck.write import text_of, text_of_deck
from phasefield.errors import DeckError, PhasefieldError, Problem, RunError
from phasefield.io import safe
from phasefield.io.rundir import DECK, open_run
from phasefield.physics import registry
from phasefield.run import garbage
from phasefield.run.requirements import needing_petsc, require_one_job

if TYPE_CHECKING:
    from phasefield.io.rundir import Run
    from phasefield.physics.common.model import Model
    from phasefield.run.user_observers import UserObserver


def run(
    deck: str | Path | Mapping[str, Any] | Deck,
    output: str | Path | None = None,
    force: bool = False,
    overrides: Sequence[str] = (),
    observers: Sequence[UserObserver] = (),
) -> Run:
    """Simulate a deck. Collective under MPI.

    Parameters
    ----------
    deck : str, Path, dict or Deck
        Path of a deck, its content as a dict of sections, or a loaded deck. A run made from Python writes its own
        ``deck.toml``, so that it can be restarted like any other.
    output : str or Path, optional
        Run directory to create; by default ``runs/`` and the deck's name.
    force : bool
        Replace an earlier run of that name, and run in spite of errors that ``check`` reports.
    overrides : sequence of str
        ``key=value``, as of ``--set``.
    observers : sequence of callable
        Each is called as ``observer(view)`` on every rank, before the first and after each accepted step, with a
        :class:`phasefield.run.user_observers.RunView`: time [s], step, row of the history, fields. A text that it
        returns ends the run for that reason. Observers with ``state()`` and ``restore(state)`` are part of checkpoints.

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
    ObserverError
        An observer raised an error; the directory holds everything up to the step it saw, with a checkpoint.
    Stopped
        The run was asked to stop, and wrote a checkpoint.
    """
    path = Path(deck) if isinstance(deck, str | Path) else None
    directory = Path(output or Path("runs") / (path.stem if path else "deck"))
    if not isinstance(deck, Deck):
        _import_together(lambda: overridden(_text(deck), "deck", overrides))
    return start(lambda: _read(deck, overrides), str(path or "deck"), directory, force, observers)


def start(
    read: Callable[[], tuple[str, Deck]],
    source: str,
    directory: Path,
    force: bool,
    observers: Sequence[UserObserver],
    model: Model | None = None,
) -> Run:
    """Check a deck and run it. Collective; parameters and errors as of :func:`run`, and:

    Parameters
    ----------
    read : callable
        Returns the text of the deck and the deck; called on rank 0.
    source : str
        Name of the deck in errors.
    model : Model, optional
        Model of the script for which the deck was written.
    """
    parallel.install_abort_hook()
    require_one_job(parallel.comm().size)
    ranks = parallel.comm().size, parallel.ranks_here()

    def load() -> tuple[str, Deck]:
        text, deck = read()
        check.require(deck, source, directory, ranks, force)
        return text, deck

    text, deck = parallel.on_root(load)
    _attach(deck, model)
    with garbage.importing(), needing_petsc():  # FiPy, PETSc and Numba: a second and 100 MB, for decks that passed
        from phasefield.run.beginning import begin

    return begin(deck, text, directory, force, observers)


def restart(
    directory: str | Path,
    overrides: Sequence[str] = (),
    fallback: bool = True,
    force: bool = False,
    model: Model | None = None,
    observers: Sequence[UserObserver] = (),
) -> Run:
    """Continue a run from its newest checkpoint. Collective under MPI, on any number of ranks.

    Parameters
    ----------
    directory : str or Path
        Run directory.
    overrides : sequence of str
        Changes ``key=value`` of its deck; see :data:`phasefield.run.deck_changes.CHANGEABLE`.
    fallback : bool
        Use an earlier checkpoint if the newest is damaged.
    force : bool
        Continue even if memory or disk space is expected to be too small.
    model : Model, optional
        For a run of :func:`phasefield.simulate`: the same model, made with the same arguments.
    observers : sequence of callable
        As for :func:`run`; those of the earlier run must be given again.

    Returns
    -------
    Run

    Raises
    ------
    DeckError
        The changed deck is not valid, or the rest of the run needs more memory or disk space than there is.
    RunError
        No checkpoint is valid, another process is running the run, or a change would define another cell.
    StepError, ObserverError, Stopped
        As for :func:`run`.
    """
    parallel.install_abort_hook()
    require_one_job(parallel.comm().size)
    directory = Path(directory)
    ranks = parallel.comm().size, parallel.ranks_here()
    _import_together(lambda: read_text(directory / DECK))

    def load() -> tuple[str, Deck, Deck, Run]:
        earlier = open_run(directory)
        path = directory / DECK
        if not safe.is_plain(path):
            raise RunError(f"{path}: is missing; a run without its deck cannot be restarted")
        text = read_text(path)
        unchanged = parse_deck(text, str(path), (), directory, model, lines=True)
        if kept := kept_defaults(earlier.resolved.get("deck"), unchanged.resolved()):
            text = overridden(text, str(path), kept)
            unchanged = parse_deck(text, str(path), (), directory, model)
        deck = parse_deck(text, str(path), overrides, directory, model, lines=True) if overrides else unchanged
        check.require_room(deck, str(path), directory, ranks, force)
        return overridden(text, str(path), overrides), unchanged, deck, earlier

    text, unchanged, deck, earlier = parallel.on_root(load)
    _attach(deck, model)
    with garbage.importing(), needing_petsc():
        from phasefield.run.beginning import go_on

    return go_on(earlier, unchanged, deck, text, fallback, observers)


def _import_together(text: Callable[[], str]) -> None:
    """Import the model of another package on all ranks at once, as FiPy and PETSc must be. Collective.

    Errors of the deck or of that package are reported later, when the deck is read.
    """

    def model() -> Any:
        try:
            return tomllib.loads(text()).get("model")
        except (PhasefieldError, ValueError, RecursionError):
            return None

    if parallel.comm().size > 1 and isinstance(name := parallel.on_root(model), str) and registry.known(name):
        for module in ("deck", "check"):
            with suppress(registry.BrokenModel):
                registry.part(name, module)


def _attach(deck: Deck, model: Model | None) -> None:
    """Attach the model of a script to its deck; each rank made its own model."""
    if model is not None:
        from phasefield.physics.custom.deck import CustomDeck

        assert isinstance(deck, CustomDeck), "a model is given to decks of the general kind only"
        deck.attach(model)


def _read(deck: str | Path | Mapping[str, Any] | Deck, overrides: Sequence[str]) -> tuple[str, Deck]:
    """The text of a deck with its overrides, and the deck."""
    if isinstance(deck, Deck):
        return _read_loaded(deck, overrides)
    text = _text(deck)
    source, folder = ("deck", Path.cwd()) if isinstance(deck, Mapping) else (str(deck), Path(deck).parent)
    loaded = parse_deck(text, source, overrides, folder, lines=not isinstance(deck, Mapping))
    copies = [f"{key}={name}" for key, (name, _) in loaded.attachments.items()]
    return overridden(text, source, [*overrides, *copies]), loaded


def _text(deck: str | Path | Mapping[str, Any]) -> str:
    return text_of(deck) if isinstance(deck, Mapping) else read_text(deck)


def _read_loaded(deck: Deck, overrides: Sequence[str]) -> tuple[str, Deck]:
    """The same for a deck in memory; its text must give the same deck to 15 digits."""
    source = deck.title or "deck"
    text = text_of_deck(deck, source)
    if deck.attachments:  # the text names their copies, which do not exist yet
        if overrides:
            reason = "is of a deck that is already loaded: give the overrides to load_deck instead"
            raise DeckError(source, [Problem("domain.mesh", reason)])
        return text, deck
    again = parse_deck(text, source)
    if lost := differing(deck.resolved(), again.resolved()):
        raise DeckError(source, [Problem(key, "cannot be written to deck.toml as it is here") for key in lost])
    return overridden(text, source, overrides), parse_deck(text, source, overrides) if overrides else again


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Keys in which two resolved decks differ, by more than round-off."""
    from phasefield.run.deck_changes import changes, completed

    return list(changes(completed(before, after), after))
