"""What the service promised: every acknowledgement that volunteers and reviewers were given.

The other side of the books is the database and the store; `tests.support.inspection` compares
them. Threads write here; a single statement each, so no lock is wanted.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PromisedPhoto:
    """A photo with a verified receipt."""

    audit_id: UUID
    sha256: str


@dataclass
class Ledger:
    """Everything that was sent, and everything that was acknowledged for good."""

    sent_audits: dict[UUID, int] = field(default_factory=dict)
    """Audit → number of the volunteer who made it."""
    sent_photos: dict[UUID, UUID] = field(default_factory=dict)
    """Photo → its audit."""
    sent_barriers: set[UUID] = field(default_factory=set)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Digest → content, of every version that was ever sent."""
    versions: dict[UUID, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """Audit → version → digest, as receipts say."""
    photos: dict[UUID, PromisedPhoto] = field(default_factory=dict)
    barriers: set[UUID] = field(default_factory=set)
    approved: set[UUID] = field(default_factory=set)
    finished: list[UUID] = field(default_factory=list)
    """Audits that their authors are done with, for the reviewer."""
    broken_answers: int = 0
    """Requests that ended without an answer: the connection was refused or broke."""
    refusals: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Status of 5xx → how often."""
    replays: int = 0
    """Answers that said: this was stored before."""
    surprises: list[str] = field(default_factory=list)
    """What must never be answered, or seen half, also in the middle of a fault."""

    @property
    def version_count(self) -> int:
        """Count acknowledged versions of audits."""
        return sum(map(len, self.versions.values()))
