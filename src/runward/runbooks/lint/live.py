"""What a document names and nothing answers to; known only after a look at the bound targets."""

from collections.abc import Iterator

from runward.runbooks.finding.model import Case, Found, Rule, Severity, Surroundings, Unresolved


def _leads_nowhere(case: Case) -> Iterator[Found]:
    lines = case.runbook.document.lines
    for one in case.surroundings.unresolved:
        text = lines[one.line - 1] if 0 < one.line <= len(lines) else ""
        at = text.find(one.what)
        if at >= 0:
            yield Found(one.line, f"{one.what}: {one.why}.", column=at + 1, width=len(one.what))


RULES = (
    Rule(
        id="leads-nowhere",
        severity=Severity.ERROR,
        title="A program, host, file, table or column that is not there on the bound targets.",
        why="Documents age: a table is renamed, a host is retired, a column changes with a version. The step that "
        "names it fails at the moment when it is needed.",
        right="Name what exists now, or bind the name to it in runward.toml. `runward lint --live` looks: programs on "
        "the path, names in the name service, files, and statements that the bound PostgreSQL only parses.",
        bad="# Shop\n\n## Count the orders\n\n```sql\nSELECT count(*) FROM ordres;\n```\n",
        good="# Shop\n\n## Count the orders\n\n```sql\nSELECT count(*) FROM orders;\n```\n",
        look=_leads_nowhere,
        surroundings=Surroundings(unresolved=(Unresolved(6, "ordres", "relation does not exist"),)),
    ),
)
