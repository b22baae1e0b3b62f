"""Query parameters as a whole: which of them may stand in an address more than once.

A name that stands there twice with one value allowed says two things; taking either would answer
a question that was perhaps not asked, so neither is taken.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import get_origin

from fastapi import Request
from pydantic import BaseModel

from geo.errors import DomainError, ErrorKind


class BadParameterError(DomainError):
    """A query parameter is not known here, or its value cannot be used; `parameter` names it."""

    code = "bad-parameter"
    title = "A parameter of the address cannot be used"
    kind = ErrorKind.BAD_REQUEST


def refuse_repeated(model: type[BaseModel]) -> Callable[[Request], Awaitable[None]]:
    """Make a dependency that raises BadParameterError for a repeated name that is no list."""
    singles = {
        field.alias or name
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is not list
    }

    async def check(request: Request) -> None:
        counts = Counter(name for name, _value in request.query_params.multi_items())
        for name, count in counts.items():
            if count > 1 and name in singles:
                raise BadParameterError("the parameter stands there twice", parameter=name)

    return check
