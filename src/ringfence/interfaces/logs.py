"""The log of what runs on its own: one JSON object a line on standard error, with when, how grave, and which part says it.

Parts log a mapping (`LOG.info({"event": ...})`); what libraries log as text stands under `message`, with what they add.
"""

import datetime as dt
import json
import logging

_OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON: `at` (UTC), `level`, `log`, then what was logged; `trace` of an error nobody foresaw."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "log": record.name,
        }
        line |= record.msg if isinstance(record.msg, dict) else {"message": record.getMessage()}
        line |= {key: value for key, value in vars(record).items() if key not in _OF_EVERY_RECORD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_standard_error() -> None:
    """Log in JSON from now on: everything that ringfence tells, and warnings of libraries."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in ("ringfence.access", "ringfence.lists", "ringfence.watch"):
        logging.getLogger(name).setLevel(logging.INFO)
