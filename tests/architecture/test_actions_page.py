"""The reference of the actions says what the code says; `python tests/architecture/test_actions_page.py` writes it anew."""

from datetime import timedelta
from inspect import cleandoc
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from runward.foundation.spans import words_of
from runward.plugins.calls import action_of, call_of, faults_of
from runward.plugins.loader import Contract, find_class, find_contract, list_kinds

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "actions.md"
HEAD = """# Actions

What Runward itself can do in a step. A fence of the language `runward` holds the action and its settings as YAML; placeholders in
it are bound as everywhere:

````markdown
```runward { expect="rows=0" }
action: postgres.locks
target: db
```
````

- `target` names a target of the service. Where it is left out, the one of the right kind is meant, or the one marked `default`;
  secrets come from the target alone.
- What only **reads** is carried out as it stands. What **changes** or **destroys** first looks at what it would act on. This is shown,
  recorded, and what people approve: the action then acts on exactly these rows, and says of each what became of it. What has gone
  or moved on since is left alone, and what is new is not touched. If there is nothing to act on, nobody is asked.
- Afterwards the action looks whether it took effect; if not, the step has failed.
- `expect` names the columns of the result. Where several tables have alike names, the very name wins.
- `runward undo RUN` takes back what can be taken back.
- An unknown action, or a setting that cannot be meant, is missing from the plan at its line, and nothing is run.

Settings are texts: spans are written like `90s`, `5m`, `1h 30m`; yes and no as `true` and `false`.
"""


def page() -> str:
    """The whole page."""
    contracts = [contract for kind in list_kinds() if (contract := find_contract(kind))]
    return "\n".join([HEAD, *(part for one in contracts for part in _chapter(one))])


def _chapter(one: Contract) -> list[str]:
    found = find_class(one.kind)
    facts = [f"- {one.effect}s" if one.effect != "destroy" else "- destroys"]
    facts += [f"- acts on a target of kind {' or '.join(one.targets)}"] if one.targets else []
    facts += [f"- shows before: {one.shows}"] if one.shows else []
    facts += [f"- undone: {one.undoes}"] if one.undoes else []
    facts += [f"- returns: {', '.join(f'`{name}`' for name in one.columns)}"]
    lines = [f"## {one.kind}", "", cleandoc(found.__doc__), "", *facts, ""]
    if found.model_fields:
        lines += ["| setting | if not said | what it is |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {_default(name, field, found)} | {field.description} |"
            for name, field in found.model_fields.items()
        ]
        lines += [""]
    return lines


def _default(name: str, field: FieldInfo, kind: type) -> str:
    if field.default is PydanticUndefined:
        return "must be said"
    needed = {
        key: "a*" if key == "match" else "1h" for key, one in kind.model_fields.items() if one.is_required()
    }  # type: ignore[attr-defined]
    value = getattr(kind(**needed), name)
    if isinstance(value, timedelta):
        return f"`{words_of(value)}`"
    return "–" if value in (None, "") else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_page_says_what_the_code_says() -> None:
    assert PAGE.read_text() == page(), "write it anew: python tests/architecture/test_actions_page.py"


def test_the_example_of_the_page_can_be_meant() -> None:
    text = HEAD.split('```runward { expect="rows=0" }\n', 1)[1].split("```", 1)[0]
    assert faults_of(call_of(text)) == ()
    assert action_of(call_of(text)).effect == "read"


if __name__ == "__main__":
    PAGE.write_text(page())
