"""Hold the documents to the tree: links lead somewhere, targets explain themselves, the lock pins what is asked for."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = {".venv", "node_modules", "build", "dist"}
PAGES = sorted(page for page in ROOT.rglob("*.md") if not SKIPPED & set(page.relative_to(ROOT).parts))
LOCK = (ROOT / "requirements.lock").read_text()


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def without_code(text: str) -> str:
    """The page without its fences and code spans, whose brackets are no links."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#{1,6} (.+?)\s*#*$", page.read_text(), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", without_code(page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue  # the world outside is not ours to hold
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{named(page)} links to {link}, which is not there"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{named(page)} links to {link}, but no heading is called so"


def test_every_target_of_the_makefile_explains_itself() -> None:
    help_text = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory"], capture_output=True, text=True, check=True
    )
    told = set(re.findall(r"^  make (\w+) +\S", help_text.stdout, re.MULTILINE))
    assert {"up", "test", "check", "fix", "bench", "soak", "docs", "lock", "clean"} <= told


def test_lock_pins_all_that_is_asked_for() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*settings["project"]["dependencies"], *settings["dependency-groups"]["dev"]]
    pinned = set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE))
    names = {re.split(r"[\[<>=~! ;]", each)[0].lower().replace("_", "-") for each in asked}
    assert names <= pinned, f"`make lock` is due: {sorted(names - pinned)}"


def test_lock_names_hashes_and_no_hosts() -> None:
    assert "://" not in LOCK
    packages = re.findall(r"^[a-z0-9-]+==.*?(?=^[a-z0-9-]+==|\Z)", LOCK, re.MULTILINE | re.DOTALL)
    assert packages
    assert all("--hash=sha256:" in package for package in packages)
