"""Driver errors become domain errors here and nowhere else."""

from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError

from geo.errors import ConflictingWriteError, DatabaseUnavailableError, DomainError

_CONFLICTS = {
    "23505",  # unique_violation
    "23503",  # foreign_key_violation: the parent went away meanwhile
}
_BUSY = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available: an import is swapping the streets, for instance
}
_UNAVAILABLE_CLASSES = {
    "08",  # connection exceptions
    "53",  # insufficient resources: disk full, out of memory, too many connections
    "57",  # operator intervention: statement timeout, shutdown, crash
    "58",  # system error: I/O
}


class DatabaseRuleError(DomainError):
    """A constraint of the database refused the row; the last guard behind every other check."""

    code = "database-rule"
    title = "The data contradicts a rule of the database"


def translate(error: DBAPIError) -> Exception:
    """Give the domain error that a driver error stands for, or the error itself.

    Goes by SQLSTATE. A refused or lost connection has none and counts as unavailable.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        if isinstance(error, DataError):  # a NUL character, a number beyond its column
            return DatabaseRuleError()
        lost = isinstance(error, OperationalError | InterfaceError)
        return DatabaseUnavailableError() if lost else error
    if state in _CONFLICTS:
        return ConflictingWriteError(constraint=_constraint(error))
    if state in _BUSY or state[:2] in _UNAVAILABLE_CLASSES:
        return DatabaseUnavailableError(sqlstate=state)
    if state[:2] in {"22", "23"}:
        return DatabaseRuleError(constraint=_constraint(error))
    return error


def _constraint(error: DBAPIError) -> str | None:
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)
