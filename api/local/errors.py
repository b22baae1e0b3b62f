"""What can go wrong while a machine is being prepared, in words a person can act on.

These never leave the command line, so they are not part of the catalogue of problems
that the HTTP interface answers with.
"""


class SetupError(Exception):
    """Stop the set-up: `what` went wrong and `remedy`, the next thing to try."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        """Both parts, the remedy on a line of its own."""
        return f"{self.what}\n  {self.remedy}" if self.remedy else self.what


class PostgisMissingError(SetupError):
    """No PostGIS here, and no way to install it on this kind of machine."""


class PackagesError(SetupError):
    """The system's package tool refused or could not reach its sources."""


class ClusterBusyError(SetupError):
    """Another running process already owns this cluster folder."""


class ClusterError(SetupError):
    """PostgreSQL did not start, stop or create its files."""


class ChildError(SetupError):
    """A started process ended with an error, or keeps ending."""
