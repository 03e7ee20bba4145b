"""Plan a procedure from the command line, before anything runs."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from runward.cli.plan_page import plan_lines
from runward.cli.run_page import console_for
from runward.foundation.errors import Mistake
from runward.runs.digest import stored_shape
from runward.runs.model import Plan
from runward.runs.prepare import place_of, prepare

INCOMPLETE = 2


def show_plan(
    place: str,
    *,
    service: str = "",
    as_json: bool = False,
    config: Path | None = None,
    answers: Sequence[str] = (),
) -> int:
    """Print what a procedure would do; 2 if something is missing, else 0. Nothing is executed."""
    file, wanted = place_of(place)
    made = prepare(file, wanted, service=service, config=config, answers=given_answers(answers)).plan
    if as_json:
        sys.stdout.write(json.dumps(plan_document(made), indent=2, ensure_ascii=False) + "\n")
    else:
        console = console_for()
        for line in plan_lines(made):
            console.print(line, highlight=False, soft_wrap=True)
    return INCOMPLETE if made.gaps else 0


def plan_document(plan: Plan) -> dict[str, object]:
    """A plan as the JSON that docs/reference/plan.schema.json describes."""
    return {"version": 1, "ready": not plan.gaps, **stored_shape(plan)}


def given_answers(texts: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` words as a mapping; the last `=` that follows a placeholder's end divides `<a=b>=c` rightly."""
    answers = {}
    for text in texts:
        end = text.find(">=") + 1 if text.startswith("<") and ">=" in text else text.find("=")
        if end <= 0:
            raise Mistake(f"“{text}” gives no value", hint="write it like --bind '<primary-ip>=10.0.0.5'")
        answers[text[:end]] = text[end + 1 :]
    return answers
