"""What a document names, looked for on real targets without doing anything to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.desk import Desk
from lab.postgres import PostgresServer
from runward.inventory.model import Service
from runward.runbooks.read import parse_runbook
from runward.runs.live import live

SHOP = """# Shop

## Check the shop

```bash
curl -fs http://nowhere.invalid/health
no-such-program --all
cat <<'END'
END
./scripts/gone.sh
```

```sql
SELECT count(*) FROM orders;
SELECT total FROM ordres;
DELETE FROM orders WHERE id = 1;
```

```sql
SELECT * FROM <your_table>;
```
"""


@pytest.fixture(scope="module")
def url(postgres: PostgresServer) -> Iterator[str]:
    found = postgres.create_database("live")
    postgres.run_sql("CREATE TABLE orders (id int)", "live")
    yield found
    postgres.run_sql("DROP DATABASE live WITH (FORCE)")


def service(folder: Path, **urls: str) -> Service:
    return Service.model_validate(
        {
            "folder": str(folder),
            "targets": {name: {"kind": "postgresql", "url": url} for name, url in urls.items()},
        }
    )


def test_what_is_gone_is_told_at_its_line(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE", url)
    seen = live(parse_runbook(SHOP, str(tmp_path / "RUNBOOK.md")), service(tmp_path, db="env:SHOP_DATABASE"))
    assert [(one.line, one.what) for one in seen.unresolved] == [
        (6, "nowhere.invalid"),
        (7, "no-such-program"),
        (10, "./scripts/gone.sh"),
        (15, "ordres"),
    ]
    assert seen.versions["postgresql"][0] >= 13
    assert seen.unseen == ()


def test_what_a_client_is_handed_is_looked_at_where_no_other_server_is_named(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DATABASE", url)
    text = """# Shop

## Check the shop

```bash
psql -c "SELECT total FROM ordres"
sudo psql $DATABASE_URL -At -c "SELECT id FROM ordres"
psql -h elsewhere -c "SELECT total FROM ordres"
psql other -c "SELECT total FROM ordres"
psql -c "SELECT total FROM $TABLE"
psql <<'END'
SELECT id FROM orders;
SELECT nam FROM orders;
END
```
"""
    seen = live(parse_runbook(text, str(tmp_path / "RUNBOOK.md")), service(tmp_path, db="env:SHOP_DATABASE"))
    assert [(one.line, one.what) for one in seen.unresolved if one.what != "elsewhere"] == [
        (6, "ordres"),
        (7, "ordres"),
        (13, "nam"),
    ]


def test_what_is_there_says_nothing(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE", url)
    text = "# Shop\n\n## Check the shop\n\n```bash\nuptime\n```\n\n```sql\nSELECT id FROM orders;\n```\n"
    seen = live(parse_runbook(text, str(tmp_path / "RUNBOOK.md")), service(tmp_path, db="env:SHOP_DATABASE"))
    assert seen.unresolved == ()


def test_a_server_that_is_gone_is_no_proof_against_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://shop@127.0.0.1:1/shop")
    text = "# Shop\n\n## Count\n\n```sql\nSELECT id FROM orders;\n```\n"
    seen = live(parse_runbook(text, str(tmp_path / "RUNBOOK.md")), service(tmp_path, db="env:SHOP_DATABASE"))
    assert seen.unresolved == ()
    assert seen.versions == {}
    assert len(seen.unseen) == 1
    assert "refused" in seen.unseen[0]


def test_a_secret_that_cannot_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_DATABASE", raising=False)
    seen = live(parse_runbook(SHOP, str(tmp_path / "RUNBOOK.md")), service(tmp_path, db="env:SHOP_DATABASE"))
    assert "SHOP_DATABASE" in seen.unseen[0]


def test_the_linter_looks_when_it_is_asked_to(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DATABASE", url)
    desk = Desk(tmp_path)
    desk.write(SHOP, '[services.shop.targets.db]\nkind = "postgresql"\nurl = "env:SHOP_DATABASE"\n')
    lines = [
        one["line"]
        for one in desk.view("lint", "RUNBOOK.md", "--select", "leads-nowhere", code=0)["findings"]
    ]
    assert lines == []
    seen = desk.view("lint", "RUNBOOK.md", "--select", "leads-nowhere", "--live", code=1)["findings"]
    assert [one["line"] for one in seen] == [6, 7, 10, 15]
    page = desk.runward("lint", "RUNBOOK.md", "--select", "leads-nowhere", "--live", code=1).stdout
    assert "nowhere.invalid: no address is known for this host" in page


def test_versions_that_servers_tell_decide(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE", url)
    desk = Desk(tmp_path)
    old = "# Shop\n\n## Look\n\n```sql\nSELECT total_time FROM pg_stat_statements;\n```\n"
    target = '[services.shop.targets.db]\nkind = "postgresql"\nurl = "env:SHOP_DATABASE"\nversion = "12.4"\n'
    desk.write(old, target)
    words = ("lint", "RUNBOOK.md", "--select", "renamed-statistics-columns")
    assert desk.view(*words, code=0)["findings"] == []
    assert len(desk.view(*words, "--live", code=1)["findings"]) == 1


def test_what_could_not_be_looked_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://shop@127.0.0.1:1/shop")
    desk = Desk(tmp_path)
    desk.write(
        "# Shop\n\n## Look\n\n```bash\nuptime\n```\n",
        '[services.shop.targets.db]\nkind = "postgresql"\nurl = "env:SHOP_DATABASE"\n',
    )
    done = desk.runward("lint", "RUNBOOK.md", "--select", "leads-nowhere", "--live", code=0)
    assert "not looked at: db" in done.stderr
