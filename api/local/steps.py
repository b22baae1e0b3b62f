"""Progress for people who wait: each step is named when it begins and timed when it ends."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def say(text: str) -> None:
    """Write one line for the person at the terminal, at once; a closed terminal is no error."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce `title`, and its duration in seconds once the block is done or has failed."""
    begun = time.monotonic()
    say(f"  ...    {title}")
    try:
        yield
    except BaseException:
        say(f"{time.monotonic() - begun:6.1f} s {title}: failed")
        raise
    say(f"{time.monotonic() - begun:6.1f} s {title}")
