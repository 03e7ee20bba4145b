"""Ask a URL several times, and measure how it answers."""

import asyncio
import ssl
import statistics
import time
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urljoin

import httpx
from pydantic import Field

from runward.plugins.contracts import Action, Span, Table, Tools, table_of_rows

_SHOWN = ("url", "tries", "answered", "good", "worst_status", "fastest_ms", "median_ms", "slowest_ms")
_TRIES = ("try", "status", "milliseconds", "trouble")


class HttpProbe(Action):
    """Fetch a URL several times, each on a connection of its own as a new visitor would, and tell how it went.

    A redirect counts as the answer that it is. `good` counts answers with a status from 200 to 299.
    """

    targets: ClassVar = ("http",)
    columns: ClassVar = (*_SHOWN, *_TRIES)

    url: str = Field("", description="An absolute URL, or a path on the target: `/health`.")
    tries: int = Field(5, ge=1, le=100, description="How many times.")
    pause: Span = Field("200ms", validate_default=True, description="Between two tries.")
    patience: Span = Field("10s", validate_default=True, description="How long one answer may take.")

    @property
    def needs_target(self) -> bool:
        """Not where the URL says the host."""
        return "://" not in self.url

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The figures, and each try."""
        url = urljoin(tools.address, self.url) if self.needs_target else self.url
        rows = []
        for number in range(1, self.tries + 1):
            rows.append({"try": number, **await self._one(url)})
            tools.say(
                f"try {number}: {rows[-1]['status'] or rows[-1]['trouble']} in {rows[-1]['milliseconds']:.0f} ms"
            )
            await asyncio.sleep(self.pause.total_seconds() if number < self.tries else 0)
        return table_of_rows("answers", _SHOWN, [{"url": url, **figures_of(rows)}]), table_of_rows(
            "tries", _TRIES, rows
        )

    async def _one(self, url: str) -> dict[str, Any]:
        began = time.monotonic()
        status, trouble = None, ""
        try:
            async with asyncio.timeout(self.patience.total_seconds()):
                async with httpx.AsyncClient(verify=ssl.create_default_context(), timeout=None) as client:  # noqa: S113  # the timeout stands above
                    status = (await client.get(url)).status_code
        except TimeoutError:
            trouble = f"no answer within {self.patience.total_seconds():g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            trouble = str(problem) or type(problem).__name__
        return {
            "status": status,
            "milliseconds": round(1000 * (time.monotonic() - began), 1),
            "trouble": trouble,
        }


def figures_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What all tries together say; times are those of answers only, for a refusal is quick."""
    statuses = [row["status"] for row in rows if row["status"] is not None]
    times = [row["milliseconds"] for row in rows if row["status"] is not None]
    return {
        "tries": len(rows),
        "answered": len(statuses),
        "good": sum(200 <= status < 300 for status in statuses),
        "worst_status": max(statuses) if len(statuses) == len(rows) else None,
        "fastest_ms": min(times, default=None),
        "median_ms": round(statistics.median(times), 1) if times else None,
        "slowest_ms": max(times) if len(statuses) == len(rows) else None,
    }
