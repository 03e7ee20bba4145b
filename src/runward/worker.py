"""Carry out runs in this process."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import structlog

from runward.app import App
from runward.foundation.engine import Engine
from runward.foundation.errors import RunwardError
from runward.foundation.ledger import seal
from runward.foundation.outbox import Letter, Relay
from runward.foundation.storage.database import Database
from runward.runs.flow import advance
from runward.runs.outside import Outside
from runward.runs.request import ADVANCE
from runward.world import outside_of

_RELAY_SECONDS = 0.05
_PATIENCE = timedelta(hours=6)  # what is being done when the work ends is finished first
_log = structlog.get_logger("runward.worker")


@contextmanager
def working(app: App, database: Database) -> Iterator[Outside]:
    """Carry out runs until the end of the block, those of dead workers included."""
    _log_to_stderr()
    engine = Engine(database, app.settings.state)
    outside = outside_of(app, database, engine.presence.id)
    engine.register(ADVANCE, partial(advance, outside))
    engine.launch()
    relay = Relay(database, {ADVANCE: partial(_hand_over, engine)})
    stopping = threading.Event()
    carrier = threading.Thread(
        target=_carry_letters, args=(relay, stopping), name="runward-relay", daemon=True
    )
    carrier.start()
    try:
        yield outside
    finally:
        stopping.set()
        carrier.join()
        engine.stop(_PATIENCE)
        outside.shell.close()
        seal(database)


def _log_to_stderr() -> None:
    """Standard output is for answers; what the work itself has to say goes beside it."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _hand_over(engine: Engine, letter: Letter) -> None:
    engine.start(letter.topic, letter.key, letter.payload)


def _carry_letters(relay: Relay, stopping: threading.Event) -> None:
    while not stopping.wait(_RELAY_SECONDS):
        try:
            relay.run_once()
        except RunwardError as error:
            _log.warning("relay_waits", trouble=str(error))
            stopping.wait(1.0)
