"""What the long proofs counted, gathered from all workers and written to docs/proofs.md.

A test says `count_proof("kills survived", 500)`.  In the short form (`make test`) the
numbers are only shown; in the long form (`make proof`) they replace the rows of the same tests
in the file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

_PREFIX = "proof:"
_BEGIN, _END = "<!-- proofs: begin -->", "<!-- proofs: end -->"
ProofSize = Literal["short", "long"]
CountProof = Callable[[str, int | str], None]


def get_size() -> ProofSize:
    """Return how much a proof should do: `long` under `make proof`."""
    return "long" if os.environ.get("ESIK_PROOF") == "long" else "short"


@pytest.fixture(scope="session")
def proof_size() -> ProofSize:
    """`short` inside `make test` (seconds), `long` inside `make proof` (minutes)."""
    return get_size()


@pytest.fixture
def count_proof(record_property: Callable[[str, object], None]) -> CountProof:
    """Report one counter of a proof: what was counted, and how many."""

    def count(what: str, number: int | str) -> None:
        record_property(_PREFIX + what, number)

    return count


class ProofBook:
    """Controller-side plugin: collects the counters, writes the file at the end."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: list[tuple[str, str, str]] = []
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the counters of a finished proof; a failed one keeps the old file."""
        if "proof" not in report.keywords:
            return
        self.failed |= report.failed
        if report.when == "call" and report.passed:
            name = report.nodeid.rpartition("::")[2]
            for key, number in report.user_properties:
                if key.startswith(_PREFIX):
                    self.rows.append((name, key.removeprefix(_PREFIX), str(number)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the counters; write them when the long form has passed."""
        for test, what, number in sorted(self.rows):
            terminalreporter.write_line(f"proof {test}: {what} = {number}")
        if self.rows and get_size() == "long" and not self.failed:
            self._write()
            terminalreporter.write_line(f"written to {self.file}")

    def _write(self) -> None:
        text = self.file.read_text(encoding="utf-8")
        before, _, rest = text.partition(_BEGIN)
        known, _, after = rest.partition(_END)
        ran = {test for test, _, _ in self.rows}
        # What did not run this time was still proven once.
        kept = [line for line in known.splitlines()[3:] if line.split(" | ")[0][2:] not in ran]
        lines = [f"| {test} | {what} | {number} |" for test, what, number in self.rows]
        head = ["| proof | what | count |", "|---|---|---|"]
        table = "\n".join([*head, *sorted({*kept, *lines})])
        self.file.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}", encoding="utf-8")
