"""Write the pages of the linter's rules from the rules themselves."""

import sys
from pathlib import Path

from runward.runbooks.finding.pages import rule_page, rules_page
from runward.runbooks.linting import list_rules

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pages() -> dict[Path, str]:
    """Every page with its text."""
    rules = list_rules()
    made = {DOCS / "rules" / f"{rule.id}.md": rule_page(rule) for rule in rules}
    made[DOCS / "reference" / "rules.md"] = rules_page(rules)
    return made


def main() -> None:
    """Write what has changed, and take away the pages of rules that are no more."""
    wanted = pages()
    (DOCS / "rules").mkdir(exist_ok=True)
    for path in (DOCS / "rules").glob("*.md"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stderr.write(f"docs: {path.relative_to(DOCS.parent)}\n")


if __name__ == "__main__":
    main()
