"""Every program and every SQL statement that a runbook calls is listed with its line and its procedure."""

import pytest

from runward.runbooks.finding.commands import list_calls, list_statements
from runward.runbooks.read import parse_runbook


def book(*lines: str) -> str:
    return "\n".join(["# Book", "", "## Look", "", *lines, ""])


CALLS = [
    ("```bash", "uptime", "df -h | head -3", "```"),
    ("```bash", "sudo systemctl \\", "  status nginx", "```"),
    ("```bash", "ssh web1 'df -h'", "```"),
    ("```console", "$ uptime", " 10:00 up 2 days", "$ free -m", "```"),
    ("```bash", "uptime", "```", "Look at the disk: `df -h`"),
    ("```yaml", "command: uptime", "```"),
    ("```sql", "SELECT 1;", "```"),
]
CALLED = [
    [(6, "uptime"), (7, "df"), (7, "head")],
    [(6, "sudo"), (6, "systemctl")],
    [(6, "ssh"), (6, "df")],
    [(6, "uptime"), (8, "free")],
    [(6, "uptime"), (8, "df")],
    [],
    [],
]


@pytest.mark.parametrize(("lines", "wanted"), list(zip(CALLS, CALLED, strict=True)))
def test_calls(lines: tuple[str, ...], wanted: list[tuple[int, str]]) -> None:
    made = list_calls(parse_runbook(book(*lines), "RUNBOOK.md"))
    assert [(one.call.command.line, one.call.name) for one in made] == wanted
    assert all(one.procedure and one.procedure.heading == "Look" for one in made if one.block.form == "fence")


STATEMENTS = [
    ("```sql", "SELECT 1;", "-- more", "SELECT", "  2;", "```"),
    ("```bash", 'psql -c "SELECT 1"', "```"),
    ("```bash", 'psql -c "', "  SELECT 1;", "  SELECT 2;", '"', "```"),
    ("```bash", "sudo -u postgres psql app <<'EOF'", "SELECT 1;", "", "SELECT 2;", "EOF", "```"),
    ("```bash", "echo 'SELECT 1' | psql", "```"),
    ("```bash", "psql <<< 'SELECT 1'", "```"),
    ("```bash", "docker compose exec db mysql -e 'SELECT 1'", "```"),
    ("```console", "app=# SELECT 1;", " 1", "```"),
    ("```bash", "psql < dump.sql", "```"),
    ("```yaml", "query: SELECT 1", "```"),
]
STATED = [
    [(6, "SELECT 1;", False), (8, "SELECT\n  2;", False)],
    [(6, "SELECT 1", False)],
    [(7, "SELECT 1;", True), (8, "SELECT 2;", True)],
    [(7, "SELECT 1;", False), (9, "SELECT 2;", False)],
    [(6, "SELECT 1", False)],
    [(6, "SELECT 1", False)],
    [(6, "SELECT 1", False)],
    [(6, "SELECT 1;", False)],
    [],
    [],
]


@pytest.mark.parametrize(("lines", "wanted"), list(zip(STATEMENTS, STATED, strict=True)))
def test_statements(lines: tuple[str, ...], wanted: list[tuple[int, str, bool]]) -> None:
    made = list_statements(parse_runbook(book(*lines), "RUNBOOK.md"))
    assert [(one.line, one.text, one.with_others) for one in made] == wanted


def test_the_same_runbook_is_not_read_twice() -> None:
    one, other = (parse_runbook(book("```bash", f"df -h /{name}", "```"), "RUNBOOK.md") for name in "ab")
    first = list_calls(one)
    assert list_calls(one) is first
    assert list_calls(other)[0].call.arguments[-1].text == "/b"
    assert list_calls(one) == first
