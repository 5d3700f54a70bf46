"""``phasefield study``: run a deck many times with different values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from phasefield.cli.common import output_option, say, set_option


def _action(flag: str, meaning: str, **options: Any) -> Any:
    return typer.Option(flag, help=meaning, rich_help_panel="Actions (give one)", **options)


def study(
    study: Annotated[
        Path, typer.Argument(metavar="STUDY", help="Study deck, a TOML file; docs/studies.md describes it.")
    ],
    list_: Annotated[bool, _action("--list", "Print the members of the study. This is the default.")] = False,
    prepare: Annotated[bool, _action("--prepare", "Write the decks of the members, and run nothing.")] = False,
    run_: Annotated[bool, _action("--run", "Run all members that are not done yet, several at a time.")] = False,
    index: Annotated[
        int | None, _action("--index", "Run only member N, counted from 1; meant for job arrays.", metavar="N")
    ] = None,
    status_: Annotated[bool, _action("--status", "Print how far each member is.")] = False,
    collect: Annotated[
        bool, _action("--collect", "Write one table of the settings and results of all members.")
    ] = False,
    plot: Annotated[bool, _action("--plot", "Write the table, draw pictures, and write report.html.")] = False,
    output: Annotated[
        Path | None, output_option("Directory of the study; by default runs/NAME for a study NAME.study.toml.")
    ] = None,
    overrides: Annotated[list[str] | None, set_option("the study deck", "axes.0.count=3")] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            min=1,
            metavar="N",
            help="Number of members that run at the same time; by default as many as cores and memory allow.",
        ),
    ] = None,
    launcher: Annotated[
        str,
        typer.Option(
            metavar="COMMAND",
            help="Command that starts a member with more than one rank; {ranks} is replaced by their number.",
        ),
    ] = "mpirun -n {ranks}",
    retry: Annotated[
        bool,
        typer.Option(
            "--retry",
            help="Also run failed members again: from their last checkpoint, or from the start if the solver failed.",
        ),
    ] = False,
) -> None:
    """Run a deck many times with different values: first `phasefield study STUDY --run`, then `--plot`."""
    chosen = [list_, prepare, run_, index is not None, status_, collect, plot]
    if sum(chosen) > 1:
        raise typer.BadParameter(
            "give only one of --list, --prepare, --run, --index, --status, --collect and --plot at a time"
        )
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
    say(report)
    raise typer.Exit(code)
