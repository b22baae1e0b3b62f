"""Lines of ours and of libraries look alike, and a line that nobody takes stops nothing."""

import errno
import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from api.logging import configure_logging


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """Leave logging as other tests expect it."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    quiet = {name: logging.getLogger(name) for name in ("uvicorn.access", "procrastinate")}
    disabled = {name: (each.disabled, each.level) for name, each in quiet.items()}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, each in quiet.items():
        each.disabled, each.level = disabled[name]
    structlog.reset_defaults()


def _read_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_lines_and_those_of_libraries_have_one_shape(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Time, level, event and the request's id stand in both, and nothing below the level."""
    configure_logging(as_json=True, level="info")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        for say in (structlog.get_logger("test").info, logging.getLogger("library").info):
            say("done")
        for whisper in (structlog.get_logger("test").debug, logging.getLogger("library").debug):
            whisper("never seen")
    ours, theirs = _read_lines(capsys)
    assert ours.pop("timestamp") <= theirs.pop("timestamp")  # type: ignore[operator]
    assert ours == theirs == {"event": "done", "level": "info", "request_id": "r1"}


def test_an_exception_is_written_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    """What broke can be found in the log, whoever wrote the line."""
    configure_logging(as_json=True, level="info")
    try:
        int("broken on purpose")
    except ValueError:
        structlog.get_logger("test").exception("it broke")
        logging.getLogger("library").exception("it broke")
    for line in _read_lines(capsys):
        assert line["level"] == "error"
        assert "ValueError: invalid literal" in str(line["exception"])


class _Full(io.StringIO):
    """A file on a disk that takes nothing any more."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk answers go on without their lines."""
    monkeypatch.setattr(sys, "stderr", _Full())
    configure_logging(as_json=True, level="info")
    structlog.get_logger("test").info("lost")
