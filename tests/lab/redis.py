"""A real Redis on a free loopback port."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from lab.processes import HERE, Child, Place, end, free_port, fresh_folder, get_program, needs, wait_until


@dataclass
class RedisServer:
    """A running Redis."""

    folder: Path
    port: int
    process: Child
    place: Place = HERE
    password: str = ""

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        port: int = 0,
        password: str = "",
        maxmemory: str = "",
        settings: tuple[str, ...] = (),
        place: Place = HERE,
    ) -> Self:
        """Start it with its files in `folder` and wait until it answers."""
        needs("redis-server", "redis-cli", "setpriv")
        place.seen(folder).mkdir(parents=True, exist_ok=True)
        words = ["--dir", str(folder), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *settings]
        words += ["--maxmemory", maxmemory] if maxmemory else []
        words += ["--requirepass", password] if password else []
        for _ in range(5):
            chosen = port or free_port()
            command = [get_program("redis-server"), "--port", str(chosen), *words]
            server = cls(
                folder, chosen, place.spawn(command, folder / "redis.log", death="TERM"), place, password
            )
            if wait_until(server._state, f"Redis in {folder}") == "up":
                return server
        raise RuntimeError(f"Redis did not start: {place.seen(folder / 'redis.log').read_text()[-1500:]}")

    def _state(self) -> str | None:
        if self.process.poll() is not None:
            return "down"
        if not self.place.answers(self.port):
            return None
        return "up" if self.ask("PING") == "PONG" else None

    @property
    def url(self) -> str:
        """The URL of its first database."""
        secret = f":{self.password}@" if self.password else ""
        return f"redis://{secret}127.0.0.1:{self.port}/0"

    def ask(self, *words: str) -> str:
        """Its answer to one command, as redis-cli prints it."""
        secret = ["-a", self.password, "--no-auth-warning"] if self.password else []
        return self.place.do([get_program("redis-cli"), "-p", str(self.port), *secret, *words]).strip()

    def fill(self, keys: int, size: int = 1000, *, prefix: str = "key", seconds: int = 0) -> None:
        """Put `keys` values of `size` bytes in, each living for `seconds` if that is not 0."""
        script = (
            "for i = 1, tonumber(ARGV[1]) do local k = KEYS[1] .. ':' .. i; redis.call('SET', k, string.rep('x', ARGV[2]));"
            " if tonumber(ARGV[3]) > 0 then redis.call('EXPIRE', k, ARGV[3]) end end return 'OK'"
        )
        answer = self.ask("EVAL", script, "1", prefix, str(keys), str(size), str(seconds))
        if answer != "OK":
            raise RuntimeError(f"Redis did not take the data: {answer}")

    def stop(self) -> None:
        """End it."""
        end(self.process)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis of this test session's own; flush what you put in."""
    folder = fresh_folder("redis")
    server = RedisServer.start(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
