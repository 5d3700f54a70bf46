"""The command line: check, run, compare, render, status, and what an editor or a reader needs of the schema.

No physics, and no import that takes time before it is needed, so that ``phasefield --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from phasefield.errors import PhasefieldError, RunError, Stopped
from phasefield.run.cores import cores

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Phase-field simulation of lithium plating: from a deck (TOML) to numbers and pictures.",
)

DeckFile = Annotated[Path, typer.Argument(metavar="DECK", help="Deck, a TOML file; see inputs/README.md.")]
RunDirectories = Annotated[list[Path], typer.Argument(metavar="RUN", help="Run directories.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help='Set a key of the deck, as in interface.width="1 um"; an empty value removes it. Repeatable.',
    ),
]


def _output(meaning: str) -> Any:
    return typer.Option("--output", "-o", metavar="PATH", help=meaning)


@app.callback(invoke_without_command=True)
def phasefield(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        from phasefield import __version__

        _say(f"phasefield {__version__}")
        raise typer.Exit


@app.command()
def check(
    deck: DeckFile,
    overrides: Overrides = None,
    force: Annotated[bool, typer.Option("--force", help="Exit with 0 in spite of errors.")] = False,
) -> None:
    """Validate a deck without running it, and print what theory expects of it."""
    from phasefield.check import errors, report, warnings
    from phasefield.deck import load_deck

    case = load_deck(deck, overrides or ())
    _say(report(case))
    wrong, doubtful = len(errors(case)), len(warnings(case))
    verdict = "valid, but not worth running" if wrong else "valid"
    _say(f"\n{deck}: {verdict}; {_count(wrong, 'error')}, {_count(doubtful, 'warning')}")
    if wrong and not force:
        raise typer.Exit(2)


@app.command()
def run(
    deck: DeckFile,
    output: Annotated[Path | None, _output("Run directory; by default runs/ and the deck's name.")] = None,
    overrides: Overrides = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier run; ignore what `check` calls an error.")
    ] = False,
) -> None:
    """Run a deck; in parallel as `mpirun -n 2 phasefield run DECK`."""
    from phasefield.parallel import in_unison
    from phasefield.run.runner import run

    with in_unison(PhasefieldError, KeyboardInterrupt):  # which main() and typer turn into exit codes
        run(deck, output=output, force=force, overrides=overrides or ())


@app.command()
def restart(
    directory: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory.")],
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help='Go on to this time, as in "2 h"; sets stop.time.')
    ] = None,
    overrides: Overrides = None,
    fallback: Annotated[bool, typer.Option(help="Go back to an earlier checkpoint if the newest is damaged.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Go on although memory or disk may not suffice.")] = False,
) -> None:
    """Go on with a run that was stopped, was killed or has failed, from its newest checkpoint."""
    from phasefield.parallel import in_unison
    from phasefield.run.runner import restart

    changed = [*(overrides or ()), *([f"stop.time={until}"] if until else ())]
    with in_unison(PhasefieldError, KeyboardInterrupt):
        restart(directory, overrides=changed, fallback=fallback, force=force)


@app.command()
def compare(runs: RunDirectories) -> None:
    """Print a table of runs, side by side: end state, closure errors, cost."""
    from phasefield.compare import comparison
    from phasefield.io.rundir import open_run

    _say(comparison([open_run(path) for path in runs]))


@app.command()
def render(
    runs: RunDirectories,
    output: Annotated[Path | None, _output("Directory; by default pictures/ beside the first run.")] = None,
    movie: Annotated[bool, typer.Option(help="Make a movie too, of 2-D and 3-D runs.")] = True,
    time: Annotated[
        list[str] | None, typer.Option(metavar="TIME", help='Time shown, as in "10 min"; a few by default. Repeatable.')
    ] = None,
    colour: Annotated[str | None, typer.Option(help="Field mapped; a wrong name lists those of the model.")] = None,
    surface: Annotated[str | None, typer.Option(help="What colours surfaces in 3-D; likewise.")] = None,
    processes: Annotated[int, typer.Option(min=1, metavar="N", help="To draw movies; one per core.")] = cores(),
) -> None:
    """Draw runs side by side: pictures, a movie, and their history; no display is needed."""
    times = [_seconds(text) for text in time] if time else None
    from phasefield.postprocess.render import render_runs

    for path in render_runs(runs, output, movie, times=times, colour=colour, surface=surface, processes=processes):
        _say(str(path))


@app.command()
def status(runs: RunDirectories) -> None:
    """Say how far runs have come."""
    from phasefield.compare import standing
    from phasefield.io.rundir import open_run

    opened = [open_run(path) for path in runs]
    width = max(len(str(run.path)) for run in opened)
    for run in opened:
        _say(f"{run.path!s:{width}}  {standing(run)}")


@app.command()
def study(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="Study deck, a TOML file; see docs/studies.md.")],
    list_: Annotated[bool, typer.Option("--list", help="Print the members; the default.")] = False,
    prepare: Annotated[bool, typer.Option("--prepare", help="Write the members' decks.")] = False,
    run_: Annotated[bool, typer.Option("--run", help="Run what is not done, several side by side.")] = False,
    index: Annotated[int | None, typer.Option(help="Run one member, by its number from 1.")] = None,
    status_: Annotated[bool, typer.Option("--status", help="Say how far the members have come.")] = False,
    collect: Annotated[bool, typer.Option("--collect", help="Write one table of settings and outcomes.")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Collect, and draw pictures and a report.")] = False,
    output: Annotated[Path | None, _output("Directory; by default runs/ and the study's name.")] = None,
    overrides: Overrides = None,
    jobs: Annotated[int | None, typer.Option("-j", min=1, help="Side by side; as many as fit by default.")] = None,
    launcher: Annotated[str, typer.Option(help="Starts the ranks of a member.")] = "mpirun -n {ranks}",
    retry: Annotated[bool, typer.Option("--retry", help="Failed members too; anew where the solver failed.")] = False,
) -> None:
    """Run a deck many times with other values: `phasefield study STUDY --run`, then `--plot`."""
    chosen = [list_, prepare, run_, index is not None, status_, collect, plot]
    if sum(chosen) > 1:
        raise typer.BadParameter("one of --list, --prepare, --run, --index, --status, --collect, --plot at a time")
    from phasefield.study import actions, load_study

    plan = load_study(study, overrides or ())
    folder = actions.folder_of(plan, output)
    code = 0
    if prepare:
        report = actions.prepare(plan, folder)
    elif run_:
        report, code = actions.run(plan, folder, jobs, launcher, retry)
    elif index is not None:
        report, code = actions.run_one(plan, folder, index, launcher, retry)
    elif status_:
        report = actions.status(plan, folder)
    elif collect:
        report = actions.collect(plan, folder)
    elif plot:
        report = actions.plot(plan, folder)
    else:
        report = actions.listing(plan)
    _say(report)
    raise typer.Exit(code)


@app.command()
def schema(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Of a deck, such as interphase.")] = "plating",
    output: Annotated[Path | None, _output("File; by default the terminal.")] = None,
) -> None:
    """Export the JSON schema of decks, for editors."""
    import json

    from phasefield.deck import json_schema

    text = json.dumps(json_schema(model), indent=2, ensure_ascii=False)
    if output is None:
        _say(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{output}: cannot be written: {error.strerror}") from None


@app.command()
def keys() -> None:
    """Print every key of a deck with unit, default and meaning, in Markdown."""
    from phasefield.deck import markdown

    _say(markdown().rstrip("\n"))


materials = typer.Typer(no_args_is_help=True, help="Look up materials: values, units, sources.")
app.add_typer(materials, name="materials")


@materials.command("list")
def list_materials() -> None:
    """Print all materials with their conductivities and windows."""
    from phasefield.materials.tables import overview

    _say(overview())


@materials.command("show")
def show_material(name: Annotated[str, typer.Argument(metavar="NAME", help="A material, such as LLZO.")]) -> None:
    """Print everything known of a material, and where it is from."""
    from phasefield.materials.tables import sheet

    _say(sheet(name))


@materials.command("cite")
def cite_materials(
    chosen: Annotated[list[str], typer.Argument(metavar="NAME...", help="Materials.")],
    as_bibtex: Annotated[bool, typer.Option("--bibtex", help="In BibTeX.")] = False,
) -> None:
    """Print the references behind materials."""
    from phasefield.materials.tables import bibtex, citations

    _say(bibtex(chosen) if as_bibtex else citations(chosen))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 bad deck or usage, or files that cannot be written or read,
    3 a time step failed, 75 stopped with a checkpoint.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.
    """
    # Not app(), which would replace sys.excepthook, and with it the hook that ends all ranks.
    command = typer.main.get_command(app)
    try:
        command.main(args=None if arguments is None else list(arguments), prog_name="phasefield")
    except PhasefieldError as error:
        if _is_first_rank():
            with suppress(OSError):  # the exit code says it, too
                print(_message(error), file=sys.stderr)
        sys.exit(error.exit_code)


def _message(error: PhasefieldError) -> str:
    lines = str(error).splitlines()
    if isinstance(error, Stopped):
        return lines[0]
    if len(lines) == 1:
        return f"error: {lines[0]}"
    return "\n".join([f"error: {len(lines)} problems", *(f"  {line}" for line in lines)])


def _say(text: str) -> None:
    if _is_first_rank():
        try:
            typer.echo(text)
        except OSError as error:
            raise RunError(f"standard output cannot be written ({error.strerror or error})") from None


def _is_first_rank() -> bool:
    """Whether to talk; asks the launcher's environment, so that MPI is not started just for this."""
    ranks = (os.environ.get(name) for name in ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"))
    return all(rank in (None, "0") for rank in ranks)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' * (number != 1)}"


def _seconds(text: str) -> float:
    from phasefield.units import UnitError, quantity

    try:
        return quantity(text, "s")
    except UnitError as error:
        raise RunError(f"--time {text}: {error}") from None
