"""Domain errors: typed, stable, and free of HTTP.

Every error that a caller may meet is a subclass of `DomainError` with a stable kebab-case
`code`. `api/problems.py` turns it into an RFC 9457 problem; nothing else does.
"""

from enum import StrEnum
from typing import ClassVar


class ErrorKind(StrEnum):
    """What sort of thing went wrong; the edge maps each kind to one status."""

    NOT_FOUND = "not_found"
    GONE = "gone"
    INVALID = "invalid"
    BAD_REQUEST = "bad_request"
    CONFLICT = "conflict"
    STALE = "stale"
    PRECONDITION_REQUIRED = "precondition_required"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """An expected failure with a stable code.

    `params` are machine-readable facts about this occurrence (ids, limits, measured values);
    they are shown to callers, so they must hold nothing private.
    """

    code: ClassVar[str] = "domain-error"
    title: ClassVar[str] = "The request cannot be done"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID

    def __init__(self, detail: str | None = None, **params: object) -> None:
        self.detail = detail
        self.params = params
        super().__init__(detail or self.title)


class DatabaseUnavailableError(DomainError):
    """The database did not answer in time or refused the connection."""

    code = "database-unavailable"
    title = "The service is busy; try again shortly"
    kind = ErrorKind.UNAVAILABLE


class ConflictingWriteError(DomainError):
    """Another transaction changed the same thing first."""

    code = "conflicting-write"
    title = "Somebody else changed this at the same moment"
    kind = ErrorKind.CONFLICT


class InvalidGeometryError(DomainError):
    """A geometry is malformed, out of the world, too large or of the wrong type."""

    code = "invalid-geometry"
    title = "The geometry cannot be used"
    kind = ErrorKind.INVALID


class InvalidCursorError(DomainError):
    """A page cursor was altered or belongs to another question."""

    code = "invalid-cursor"
    title = "The page cursor does not fit this request"
    kind = ErrorKind.BAD_REQUEST
