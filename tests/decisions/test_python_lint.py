"""Mistakes in samples of Python are found by what the code does, and careful samples pass."""

import pytest

from runward.runbooks.finding.model import Case
from runward.runbooks.linting import list_rules
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

RULES = {rule.id: rule for rule in list_rules()}

FOUND = [
    ("join-drops-rows", "rows = s.query(Book).join(Loan, Loan.reader == reader).all()", 1),
    ("session-shared-by-tasks", "a, b = await asyncio.gather(session.execute(q1), session.execute(q2))", 1),
    ("session-shared-by-tasks", "await gather(count(db=db), newest(db=db))", 1),
    (
        "session-shared-by-tasks",
        "# both database queries at once\na, b = await asyncio.gather(load_books(), load_loans())",
        2,
    ),
    ("session-never-closed", "def get_db():\n    return SessionLocal()", 2),
    (
        "session-never-closed",
        "async def open_session(readonly=False):\n    engine = READ if readonly else WRITE\n    return AsyncSession(engine)",
        3,
    ),
    ("ranking-without-order", "latest_books = Book.objects.all()[:10]", 1),
    (
        "ranking-without-order",
        "top_readers = session.query(Reader).filter(Reader.loans > 5).limit(10).all()",
        1,
    ),
    (
        "process-cache-for-shared-data",
        "from functools import cache\n\n@cache\ndef load_settings(customer_id):\n    return db_read(customer_id)",
        3,
    ),
    (
        "process-cache-for-shared-data",
        "# shared cache in Redis\n@functools.lru_cache\ndef rates():\n    return fetch()",
        2,
    ),
    (
        "cache-stops-requests",
        "def book(i):\n    held = self.redis.get(i)\n    if held:\n        return held\n    new = load(i)\n    self.redis.set(i, new)\n    return new",
        2,
    ),
    (
        "index-covered-twice",
        "class Loan(Model):\n    reader = TextField(db_index=True)\n    class Meta:\n        indexes = [Index(fields=['reader', 'day'])]",
        2,
    ),
    ("error-reports-unscrubbed", "sentry_sdk.init(dsn=D, before_send=scrub)", 1),
    (
        "error-reports-unscrubbed",
        "def scrub(event, hint):\n    return event\n\nsentry_sdk.init(traces_sample_rate=1.0, before_send=scrub)",
        4,
    ),
    ("sample-forgets-import", "import requests\n\ntime.sleep(3)", 3),
    (
        "sample-forgets-import",
        "from fastapi import FastAPI\n\napp = FastAPI()\n\nclass Book(BaseModel):\n    title: str",
        5,
    ),
]

PASSED = [
    ("join-drops-rows", "rows = s.query(Book).outerjoin(Loan, Loan.reader == reader).all()"),
    ("join-drops-rows", "rows = s.query(Book).join(Loan, Loan.book_id == Book.id).all()"),
    (
        "join-drops-rows",
        "rows = s.query(Book).join(Loan, Loan.reader == reader).filter(Loan.day > day).all()",
    ),
    ("join-drops-rows", "rows = s.query(Book, Loan).join(Loan, Loan.reader == reader).all()"),
    ("session-shared-by-tasks", "a, b = await asyncio.gather(load(one), load(two))"),
    ("session-shared-by-tasks", "a, b = await asyncio.gather(fetch_page(url), fetch_page(other))"),
    (
        "session-shared-by-tasks",
        "# wrong: one session for both\nawait asyncio.gather(load(session), count(session))",
    ),
    (
        "session-never-closed",
        "def get_db():\n    db = SessionLocal()\n    try:\n        yield db\n    finally:\n        db.close()",
    ),
    ("session-never-closed", "@contextmanager\ndef opened():\n    return Session(engine)"),
    ("session-never-closed", "def client():\n    return requests.Session()"),
    ("ranking-without-order", "latest_books = Book.objects.order_by('-day')[:10]"),
    ("ranking-without-order", "batch = Book.objects.filter(done=False)[:500]"),
    ("ranking-without-order", "top_words = words[:10]"),
    ("process-cache-for-shared-data", "@lru_cache\ndef settings():\n    return Settings()"),
    (
        "process-cache-for-shared-data",
        "@cache.memoize(60)\ndef get_loans(user_id):\n    return load(user_id)",
    ),
    (
        "cache-stops-requests",
        "def rotate_token(i):\n    held = redis.get(f'old:{i}')\n    redis.set(f'new:{i}', make())\n    return held",
    ),
    (
        "process-cache-for-shared-data",
        "# Redis and the rest\n@lru_cache()\ndef get_settings():\n    return Settings()",
    ),
    ("cache-stops-requests", "def book(i):\n    held = os.environ.get(i)\n    return held"),
    (
        "cache-stops-requests",
        "def page(i):\n    held = cache.get(i)\n    cache.set(i, held)\n    return held",
    ),
    (
        "index-covered-twice",
        "class Loan(Base):\n    day = Column(Date, index=True)\n    __table_args__ = (Index('i', 'reader', 'day'),)",
    ),
    (
        "error-reports-unscrubbed",
        "def scrub(event, hint):\n    return event\n\nsentry_sdk.init(traces_sample_rate=0, before_send=scrub)",
    ),
    ("error-reports-unscrubbed", "sentry_sdk.init(dsn=D)"),
    ("sample-forgets-import", "session = Session(engine)"),
    ("sample-forgets-import", "import time\n\ntime.sleep(3)"),
    ("sample-forgets-import", "from mylib import *\n\ntime.sleep(3)"),
]


def lines_of(rule: str, code: str) -> list[int]:
    runbook = parse_runbook(f"# Library\n\n```python\n{code}\n```\n", "RUNBOOK.md")
    return [one.line - 3 for one in RULES[rule].look(Case(runbook, policy_of(runbook)))]


@pytest.mark.parametrize(("rule", "code", "line"), FOUND)
def test_a_mistake_is_found_at_its_line(rule: str, code: str, line: int) -> None:
    assert lines_of(rule, code) == [line]


@pytest.mark.parametrize(("rule", "code"), PASSED)
def test_a_careful_sample_passes(rule: str, code: str) -> None:
    assert lines_of(rule, code) == []


def test_what_another_sample_of_the_document_imports_is_not_missing() -> None:
    text = "# Library\n\n```python\nimport time\n```\n\n```python\nimport requests\n\ntime.sleep(3)\n```\n"
    runbook = parse_runbook(text, "RUNBOOK.md")
    assert list(RULES["sample-forgets-import"].look(Case(runbook, policy_of(runbook)))) == []


def test_a_sample_that_is_no_python_is_left_alone() -> None:
    runbook = parse_runbook("# Library\n\n```python\nDB_HOST=<new host>\n```\n", "RUNBOOK.md")
    mine = [
        rule for rule in RULES.values() if rule.look.__module__.endswith(("python_queries", "python_samples"))
    ]
    assert len(mine) == 9
    assert [found for rule in mine for found in rule.look(Case(runbook, policy_of(runbook)))] == []
