"""Lead what the durable engine's library says into our own log, and keep it off the terminal."""

import logging

import structlog

_OLD_NEWS = (
    "Duplicate registration",  # the same segment, registered again by the next engine of a test
    "is not the latest version",  # told by our own check of pending segments, with their ids
)

_log = structlog.get_logger("runward.engine")


class _IntoOurLog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if not any(part in said for part in _OLD_NEWS):
            _log.log(record.levelno, "engine_says", said=said, exc_info=record.exc_info or None)


def quiet_logging() -> None:
    """Before the library starts, or it would write to the terminal itself."""
    library = logging.getLogger("dbos")
    library.propagate = False
    library.handlers = [_IntoOurLog()]
    library.setLevel(logging.WARNING)
