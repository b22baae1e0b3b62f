"""Run every benchmark and write its rows into docs/benchmarks.md: `python -m tests.bench`.

Names of modules may follow to run only those; the others' rows stay in the file.
"""

import importlib
import os
import pkgutil
import platform
import re
import sys
import time
from pathlib import Path

import tests.bench
from api.local.steps import say
from tests.bench import Row
from tests.support.machine import ROOT

_FILE = ROOT / "docs" / "benchmarks.md"


def main(wanted: list[str]) -> int:
    """Run the wanted modules, or all; return 1 when one of them raised."""
    names = [each.name for each in pkgutil.iter_modules(tests.bench.__path__)]
    names = [each for each in names if not each.startswith("_") and _is_wanted(each, wanted)]
    if not names:
        say("No benchmark is registered yet: add tests/bench/<name>.py with run() -> list[Row].")
        return 0
    failed = 0
    for name in names:
        begun = time.monotonic()
        say(f"{name} …")
        try:
            module = importlib.import_module(f"tests.bench.{name}")
            rows: list[Row] = module.run()
        except Exception as error:  # noqa: BLE001 - one broken benchmark must not hide the others
            say(f"  failed: {error!r}")
            failed = 1
            continue
        table = render(rows)
        say(f"{table}\n  {time.monotonic() - begun:.1f} s")
        write(_FILE, name, f"{(module.__doc__ or name).splitlines()[0]}\n\n{table}")
    return failed


def _is_wanted(name: str, wanted: list[str]) -> bool:
    """Tell whether a module was named, itself or by the group it belongs to."""
    return not wanted or any(name == each or name.startswith(f"{each}_") for each in wanted)


def render(rows: list[Row]) -> str:
    """Draw the rows as a Markdown table."""
    lines = ["| what | ours | peer | peer's | unit | times better |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.ours:,.4g} | {row.peer} | {row.theirs:,.4g} | {row.unit} "
        f"| {row.ratio:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def write(file: Path, name: str, text: str) -> None:
    """Put `text` between the markers of `name`, which are appended when absent."""
    begin, end = f"<!-- bench {name}: begin -->", f"<!-- bench {name}: end -->"
    machine = f"Measured on {platform.machine()}, {os.cpu_count()} cores, Python "
    block = f"{begin}\n## {name}\n\n{text}\n\n{machine}{platform.python_version()}.\n{end}"
    whole = file.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if pattern.search(whole):
        whole = pattern.sub(lambda _: block, whole)
    else:
        whole = f"{whole.rstrip()}\n\n{block}\n"
    file.write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
