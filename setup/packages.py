"""Bring uv and the locked Python packages into .venv, with nothing but the Python that runs this file.

The lock file is the only source: every package, uv and the build backend included, is checked against
its hash. A second call changes nothing and takes a moment; an interrupted one is taken up by the next.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "set-up"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "runward"


class CannotSetUp(Exception):
    """Something that only the person at the keyboard can mend."""


def say(text: str) -> None:
    sys.stderr.write(f"set-up: {text}\n")


def wanted() -> str:
    """What .venv must have been made from to be right."""
    digest = hashlib.sha256()
    for part in (
        LOCK.read_bytes(),
        (ROOT / "pyproject.toml").read_bytes(),
        str(ROOT).encode(),
        sys.version.encode(),
    ):
        digest.update(part)
    return digest.hexdigest()


def is_right() -> bool:
    """Whether .venv is already what is wanted, and its Python still starts."""
    if not STAMP.is_file() or STAMP.read_text() != wanted():
        return False
    return runs(PYTHON, "-c", "pass")


def runs(*words: str | Path) -> bool:
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def do(words: Sequence[str | Path], what: str, settings: Mapping[str, str] | None = None) -> None:
    """Carry a command out; its own words are shown when it fails."""
    environment = {**os.environ, **(settings or {})}
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise CannotSetUp(
            f"{what} failed ({' '.join(map(str, words))}):\n{done.stdout}{done.stderr}".rstrip()
        )


def has_module(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def locked(package: str) -> str:
    """The lock file's lines of one package."""
    lines = LOCK.read_text().splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith(f"{package}==")), None)
    if start is None:
        raise CannotSetUp(f"{LOCK.name} does not hold {package}; run `make lock` where uv is installed")
    end = start
    while lines[end].endswith("\\"):
        end += 1
    return "\n".join(lines[start : end + 1]) + "\n"


def get_uv() -> Path:
    """The locked uv, from a cache folder of our own; brought by pip when it is not there yet."""
    text = locked("uv")
    folder = CACHE / f"uv-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    uv = folder / "bin" / "uv"
    if runs(uv, "--version"):
        return uv
    say("bringing uv")
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = CACHE / f"new-{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    (fresh / "uv.txt").write_text(text)
    words = ["install", "--quiet", "--require-hashes", "--no-deps", "--target", fresh, "-r", fresh / "uv.txt"]
    do([*get_pip(), *words], "bringing uv with pip")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return uv


def get_pip() -> list[str | Path]:
    """The words that run pip: this Python's own, or that of a throw-away environment."""
    if has_module("pip"):
        return [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if not has_module("ensurepip"):
        install_pip()
        return [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    folder = CACHE / "pip"
    if not runs(folder / "bin" / "python", "-m", "pip", "--version"):
        do([sys.executable, "-m", "venv", "--clear", folder], "making an environment for pip")
    return [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]


def install_pip() -> None:
    """Ask Debian for pip, which it keeps apart from Python."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    apt = shutil.which("apt-get")
    if apt is None or (prefix and not runs("sudo", "-n", "true")):
        raise CannotSetUp(
            f"{sys.executable} has neither pip nor ensurepip. Install them, then try again:\n"
            "  sudo apt-get install --no-install-recommends python3-pip"
        )
    say("asking apt-get for python3-pip, since this Python has no pip")
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-q", "-o", "DPkg::Lock::Timeout=120"]
    do([*quiet, "update"], "apt-get update")
    do([*quiet, "install", "-y", "--no-install-recommends", "python3-pip"], "installing python3-pip")
    importlib.invalidate_caches()
    if not runs(sys.executable, "-m", "pip", "--version"):
        raise CannotSetUp(
            f"python3-pip is installed, but not for {sys.executable}; try `make PYTHON=/usr/bin/python3 up`"
        )


def registry_settings() -> dict[str, str]:
    """What uv must be told to use the registry that pip is set up for; what the reader told uv comes first."""
    done = subprocess.run([*get_pip(), "config", "list"], capture_output=True, text=True, check=False)
    told = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "cert": "SSL_CERT_FILE"}
    found = {}
    for section in ("global", "user", "install", ":env:"):
        for name, variable in names.items():
            if value := told.get(f"{section}.{name}", "").strip("'\""):
                found[variable] = value.replace("\\n", " ").strip()
    return {name: value for name, value in found.items() if name not in os.environ}


def set_up() -> None:
    """Make .venv what the lock file says, and put Runward itself in."""
    STAMP.unlink(missing_ok=True)
    uv = get_uv()
    if not runs(PYTHON, "-c", "pass") or made_for() != sys.version_info[:2]:
        say(f"making .venv with Python {sys.version_info.major}.{sys.version_info.minor}")
        do(
            [uv, "venv", "--quiet", "--clear", "--no-config", "--python", sys.executable, VENV],
            "making .venv",
        )
    say("bringing the locked packages")
    registry = registry_settings()
    into = ["--quiet", "--no-config", "--python", PYTHON]
    do(
        [uv, "pip", "sync", *into, "--require-hashes", LOCK],
        "bringing the packages of the lock file",
        registry,
    )
    do(
        [uv, "pip", "install", *into, "--no-deps", "--no-build-isolation", "--editable", ROOT],
        "installing Runward",
    )
    STAMP.write_text(wanted())


def made_for() -> tuple[int, ...]:
    """The Python version that .venv was made for."""
    settings = (VENV / "pyvenv.cfg").read_text().splitlines()
    version = next((line.split("=")[1].strip() for line in settings if line.startswith("version")), "0.0")
    return tuple(int(part) for part in version.split(".")[:2])


def main() -> int:
    """Set up, or with the word `uv` only say where uv is; once at a time, and in words what stands in the way."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is the line that says so
        say(f"Runward needs Python 3.11 or newer, {sys.executable} is {sys.version.split()[0]}")
        return 1
    with (ROOT / "Makefile").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once must not build one .venv
        try:
            if sys.argv[1:] == ["uv"]:
                sys.stdout.write(f"{get_uv()}\n")
            elif not is_right():
                set_up()
        except CannotSetUp as problem:
            say(str(problem))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
