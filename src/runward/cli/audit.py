"""Prove or export the ledger."""

import os
from pathlib import Path

from rich.markup import escape

from runward.app import open_app
from runward.cli.run_page import console_for, print_json
from runward.foundation import ledger
from runward.foundation.errors import Mistake


def verify_ledger(file: Path | None, *, as_json: bool, config: Path | None) -> int:
    """Check the chain of the database, or of an exported file without any database; 1 if something is wrong."""
    if file is not None:
        if not file.is_file():
            raise Mistake(
                "there is no such file", file=str(file), hint="`runward audit export --out FILE` writes one"
            )
        verdict = ledger.verify_export(file)
    else:
        database = open_app(config).open_database()
        ledger.seal(database)
        verdict = ledger.verify(database)
    if as_json:
        troubles = [
            {"fault": each.fault.value, "sequence": each.sequence, "what": each.what}
            for each in verdict.troubles
        ]
        head = {"sequence": verdict.head.sequence, "hash": verdict.head.hash}
        print_json(
            {
                "version": 1,
                "sound": verdict.sound,
                "head": head,
                "waiting": verdict.waiting,
                "troubles": troubles,
            }
        )
        return 0 if verdict.sound else 1
    console = console_for()
    if verdict.sound:
        console.print(
            f"[green]✓ sound[/]  {verdict.head.sequence} entries, each sealed after the one before it"
        )
        console.print(
            f"  [dim]head {verdict.head.hash}; keep it elsewhere, and nobody can shorten the ledger unseen[/]"
        )
    for trouble in verdict.troubles:
        console.print(f"[red]✗ {trouble.fault.value}[/]  {escape(trouble.what)}")
    return 0 if verdict.sound else 1


def export_ledger(out: Path, *, config: Path | None) -> None:
    """Write the sealed ledger as JSON lines, whole or not at all."""
    database = open_app(config).open_database()
    ledger.seal(database)
    fresh = out.with_name(f".{out.name}.new")
    try:
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as lines:
            count = sum(lines.write(line + "\n") > 0 for line in ledger.export(database)) - 1
        fresh.replace(out)
    except OSError as error:
        raise Mistake(f"the ledger could not be written: {error.strerror}", file=str(out)) from error
    console_for().print(f"wrote {count} entries to {escape(str(out))}")
