"""What is wrong with a request by the rules of the standard."""

from geo.errors import DomainError, ErrorKind


class BadParameterError(DomainError):
    """A query parameter is not known here, or its value cannot be used; `parameter` names it."""

    code = "bad-parameter"
    title = "A parameter of the address cannot be used"
    kind = ErrorKind.BAD_REQUEST
