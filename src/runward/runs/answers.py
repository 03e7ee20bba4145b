"""File what people say beforehand under what a run will ask."""

from runward.foundation.errors import Mistake
from runward.runbooks.model import StepKind
from runward.runs.advance import question_key, row_of
from runward.runs.model import Plan, PlannedStep

_YES_OR_NO = {"yes": "yes", "y": "yes", "no": "no", "n": "no"}
_BY_HAND = ("done", "failed", "skip")
_JUDGED = ("met", "not met", "could not tell")


def answers_for(plan: Plan, name: str, value: str) -> dict[str, str]:
    """What an answer such as `2=yes`, `3=done`, `option=2` or `line:66=met` is filed under.

    Raises Mistake when nothing will be asked under that name, or not in these words.
    """
    if name == "option":
        return _option(plan, value)
    if name.startswith("line:") and name[5:].isdigit():
        if value not in _JUDGED:
            raise Mistake(f"“{value}” is no judgement", hint="write one of: " + " | ".join(_JUDGED))
        return {f"judgement:{int(name[5:])}": value}
    step = next((step for step in plan.steps if name in {step.id, str(step.number)}), None)
    if step is None:
        known = ", ".join(str(step.number) for step in plan.steps)
        raise Mistake(
            f"nothing is asked under “{name}”", hint=f"name a step ({known}), option, or line:NUMBER"
        )
    return _step(plan, step, value)


def _option(plan: Plan, value: str) -> dict[str, str]:
    options = [step for step in plan.steps if step.option]
    meant = [step for step in options if _is_meant(plan, step, value)]
    if value == "none" and options:
        return {f"option:{row_of(plan.steps, step, 'option')[0].id}": "none" for step in options}
    if len(meant) != 1:
        listed = " | ".join(step.option for step in options) or "this procedure has none"
        raise Mistake(f"“{value}” does not name one option", hint=listed)
    return {f"option:{row_of(plan.steps, meant[0], 'option')[0].id}": meant[0].option}


def _is_meant(plan: Plan, step: PlannedStep, value: str) -> bool:
    if value.isdigit():
        row = row_of(plan.steps, step, "option")
        return row.index(step) + 1 == int(value)
    return value.lower() in step.option.lower()


def _step(plan: Plan, step: PlannedStep, value: str) -> dict[str, str]:
    folded = value.lower()
    if step.condition and folded in _YES_OR_NO:
        return {f"condition:{row_of(plan.steps, step, 'condition')[0].id}": _YES_OR_NO[folded]}
    if step.kind is StepKind.MANUAL and folded in _BY_HAND:
        return {f"manual:{step.id}": folded}
    if step.questions:
        values = value.split("\n")
        return {question_key(step, number): each for number, each in enumerate(values[: len(step.questions)])}
    asked = [
        *(["yes | no"] if step.condition else []),
        *([" | ".join(_BY_HAND)] if step.kind is StepKind.MANUAL else []),
    ]
    raise Mistake(
        f"step {step.number} does not ask for “{value}”", hint="; ".join(asked) or "it asks nothing"
    )
