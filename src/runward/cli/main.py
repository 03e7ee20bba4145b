"""The command line: one short function a verb, each loading what it needs when it is called."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from runward import __version__
from runward.foundation.errors import RunwardError

app = typer.Typer(
    help="Runward makes runbooks run: it reads your RUNBOOK.md as it stands and carries out its procedures.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
audit = typer.Typer(help="Prove or export the ledger of everything that was done.", no_args_is_help=True)
app.add_typer(audit, name="audit")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a page for people.")]
Place = Annotated[
    str, typer.Argument(metavar="FILE#PROCEDURE", help="A runbook, and the procedure's id or heading.")
]
Service = Annotated[str, typer.Option("--service", "-s", help="The service of runward.toml to act on.")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")]
StepName = Annotated[str, typer.Argument(metavar="STEP", help="A step's number or id.")]
Person = Annotated[str, typer.Option("--as", help="Who you are; the operating system's user if not given.")]
Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="Another runward.toml than the nearest one.")
]
Bind = Annotated[
    list[str] | None,
    typer.Option("--bind", "-b", metavar="NAME=VALUE", help="Say what a placeholder stands for, this once."),
]
Wait = Annotated[bool, typer.Option("--no-follow", help="Record it and return at once.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"runward {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Runward makes runbooks run."""


@app.command()
def show(file: Annotated[Path, typer.Argument(help="A runbook.")], json: Json = False) -> None:
    """Show what Runward understands of a runbook."""
    from runward.cli.show import show_runbook

    show_runbook(file, as_json=json)


@app.command()
def lint(
    files: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="Runbooks, folders and patterns; those of runward.toml if none is given, else RUNBOOK.md and docs/.")] = None,
    select: Annotated[list[str] | None, typer.Option("--select", metavar="RULE", help="Hold only this rule; may be given again.")] = None,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="RULE", help="Leave this rule out; may be given again.")] = None,
    min_severity: Annotated[str, typer.Option("--min-severity", metavar="SEVERITY", help="Show nothing below note, warning or error.")] = "note",
    fail_on: Annotated[str, typer.Option("--fail-on", metavar="SEVERITY", help="End with 1 from this severity on.")] = "warning",
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 instead of a page for people.")] = False,
    junit: Annotated[bool, typer.Option("--junit", help="Print JUnit XML instead of a page for people.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Show what can be mended, as a difference; nothing is written.")] = False,
    write: Annotated[bool, typer.Option("--write", help="With --fix: write it.")] = False,
    baseline: Annotated[Path | None, typer.Option("--baseline", metavar="FILE", help="Leave out the findings that this file knows.")] = None,
    write_baseline: Annotated[Path | None, typer.Option("--write-baseline", metavar="FILE", help="Write what is found now into this file.")] = None,
    since: Annotated[str, typer.Option("--since", metavar="REVISION", help="Only findings on lines changed since a git revision.")] = "",
    live: Annotated[bool, typer.Option("--live", help="Look at the bound targets too, reading only: what is not there any more, and which versions run.")] = False,
    service: Service = "",
    json: Json = False,
    config: Config = None,
) -> None:  # fmt: skip
    """Find what fails, misleads or destroys in a runbook, with what is right today."""
    from runward.cli.lint import lint_or_fix, wanted_from

    wanted = wanted_from(
        words=files or [],
        select=select or [],
        ignore=ignore or [],
        severities=(min_severity, fail_on),
        forms={"json": json, "sarif": sarif, "junit": junit},
        baseline=baseline,
        write_baseline=write_baseline,
        since=since,
        config=config,
        service=service,
        live=live,
    )
    raise typer.Exit(lint_or_fix(wanted, mend=fix, write=write))


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A runbook.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write one HTML page that needs nothing else.")
    ] = None,
    service: Service = "",
    config: Config = None,
) -> None:
    """Lay a runbook out beside what Runward understands of it, and what it does not."""
    from runward.cli.explain import explain_runbook

    explain_runbook(file, out, service=service, config=config)


@app.command()
def freshness(
    file: Annotated[Path, typer.Argument(help="A runbook.")],
    service: Service = "",
    json: Json = False,
    config: Config = None,
) -> None:
    """Show when each procedure was last done, how that ended, and what has changed since."""
    from runward.cli.freshness import show_freshness

    raise typer.Exit(show_freshness(file, service=service, as_json=json, config=config))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where your runbooks and settings are.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace a runward.toml that is there.")] = False,
) -> None:
    """Look at a folder and write a commented runward.toml."""
    from runward.cli.init import init_folder

    init_folder(folder, force=force)


@app.command()
def plan(
    place: Place, service: Service = "", bind: Bind = None, json: Json = False, config: Config = None
) -> None:
    """Show what a procedure would do, and what is missing."""
    from runward.cli.plan import show_plan

    raise typer.Exit(show_plan(place, service=service, as_json=json, config=config, answers=bind or []))


@app.command()
def run(
    place: Place,
    service: Service = "",
    bind: Bind = None,
    answer: Annotated[list[str] | None, typer.Option("--answer", "-a", metavar="KEY=VALUE", help="Answer a question beforehand: STEP=yes, STEP=done, option=2.")] = None,
    skip: Annotated[list[str] | None, typer.Option("--skip", metavar="STEP", help="Leave a step out of the plan.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve what the policy lets you approve yourself.")] = False,
    unattended: Annotated[bool, typer.Option("--unattended", help="Nobody is there to answer: leave out what only a person can do.")] = False,
    drill: Annotated[bool, typer.Option("--drill", help="A rehearsal: the record says so.")] = False,
    person: Person = "",
    json: Json = False,
    config: Config = None,
) -> None:  # fmt: skip
    """Carry out a procedure, step by step, with approval and evidence."""
    from runward.cli.run import run_procedure

    raise typer.Exit(
        run_procedure(
            place,
            service=service,
            bound=bind or [],
            answers=answer or [],
            skip=skip or [],
            yes=yes,
            unattended=unattended,
            drill=drill,
            person=person,
            as_json=json,
            config=config,
        )
    )


@app.command()
def runs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    json: Json = False,
    config: Config = None,
) -> None:
    """List runs, newest first."""
    from runward.cli.runs import list_all

    list_all(limit, as_json=json, config=config)


@app.command("show-run")
def show_run(run: RunId, json: Json = False, config: Config = None) -> None:
    """Show a run: its steps, what they printed, what was expected, what it waits for."""
    from runward.cli.show_run import show_one

    show_one(run, as_json=json, config=config)


@app.command()
def approve(
    run: RunId,
    step: StepName,
    comment: Annotated[str, typer.Option("--comment", "-m", help="Why.")] = "",
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no: the run ends.")] = False,
    person: Person = "",
    no_follow: Wait = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Approve (or refuse) a step that waits, and carry the run on."""
    from runward.cli.run import Manner, approve_step

    raise typer.Exit(
        approve_step(run, step, Manner(person, config, json, not no_follow), comment=comment, refuse=refuse)
    )


@app.command()
def answer(
    run: RunId,
    value: Annotated[
        str, typer.Argument(help="One of the choices that the run offers, or the text it asks for.")
    ],
    note: Annotated[str, typer.Option("--note", "-m", help="A remark for the evidence.")] = "",
    person: Person = "",
    no_follow: Wait = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Answer what a run waits for, and carry it on."""
    from runward.cli.run import Manner, answer_wait

    raise typer.Exit(answer_wait(run, value, Manner(person, config, json, not no_follow), note=note))


@app.command()
def resume(run: RunId, json: Json = False, config: Config = None) -> None:
    """Take up a run whose worker is gone."""
    from runward.cli.run import Manner, resume_run

    raise typer.Exit(resume_run(run, Manner(config=config, as_json=json)))


@app.command()
def retry(
    run: RunId,
    step: Annotated[
        str, typer.Option("--from", help="The step to begin with; the first that failed if not given.")
    ] = "",
    person: Person = "",
    json: Json = False,
    config: Config = None,
) -> None:
    """Carry out a run again from a step; what was done before it counts as done."""
    from runward.cli.run import Manner, retry_run

    raise typer.Exit(retry_run(run, step, Manner(person, config, json)))


@app.command()
def undo(run: RunId, person: Person = "", json: Json = False, config: Config = None) -> None:
    """Carry out the `undo` commands of a run's finished steps, the last first."""
    from runward.cli.run import Manner, undo_run

    raise typer.Exit(undo_run(run, Manner(person, config, json)))


@app.command()
def cancel(run: RunId, person: Person = "", json: Json = False, config: Config = None) -> None:
    """Stop a run, and say what was left half done."""
    from runward.cli.run import Manner, cancel_run

    raise typer.Exit(cancel_run(run, Manner(person, config, json)))


@app.command()
def evidence(
    run: RunId,
    out: Annotated[Path, typer.Option("--out", "-o", help="A file that ends in .html or .md.")],
    config: Config = None,
) -> None:
    """Write a run's evidence as one page."""
    from runward.cli.evidence import write_evidence

    write_evidence(run, out, config=config)


@audit.command("verify")
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An exported ledger; the database's own if not given.")
    ] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Prove that nothing in the ledger was changed, removed or added; exit code 1 if something was."""
    from runward.cli.audit import verify_ledger

    raise typer.Exit(verify_ledger(file, as_json=json, config=config))


@audit.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write, one JSON object a line.")],
    config: Config = None,
) -> None:
    """Write the ledger to a file that can be verified without Runward's database."""
    from runward.cli.audit import export_ledger

    export_ledger(out, config=config)


library = typer.Typer(help="Our own procedures, ready to be carried out: `runward run library:NAME`.")
app.add_typer(library, name="library")


@library.callback(invoke_without_command=True)
def _library(context: typer.Context, json: Json = False) -> None:
    """Our own procedures, ready to be carried out: `runward run library:NAME`."""
    from runward.cli.library import list_library

    if context.invoked_subcommand is None:
        list_library(as_json=json)


@library.command("show")
def show_procedure(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A procedure of the library.")],
) -> None:
    """Print a procedure of the library as it is written."""
    from runward.cli.library import show_text

    show_text(name)


@app.command()
def doctor(json: Json = False, config: Config = None) -> None:
    """Look at what Runward needs here, with the mend for what is missing."""
    from runward.cli.doctor import examine

    raise typer.Exit(examine(as_json=json, config=config))


@app.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Keep the demo's folder afterwards.")] = False,
) -> None:
    """Watch a sample service's morning check fail, see why, and approve the fix."""
    from runward.cli.demo import play

    raise typer.Exit(play(keep=keep))


def main() -> None:
    """Run the command line; errors raised on purpose become a sentence and an exit code."""
    try:
        app()
    except RunwardError as error:
        sys.stderr.write(f"runward: {error}\n")
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(141) from None
