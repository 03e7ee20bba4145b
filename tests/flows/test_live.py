"""What a document names, looked for on real targets without doing anything to them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
