"""What an answer may hold, wherever a client sends one."""

import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr
from pydantic_core import PydanticCustomError


def _read_plain(value: Any) -> Any:  # noqa: ANN401 - whatever was sent
    """Refuse at once what no catalogue can take, so that one mistake is one problem."""
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "the number is not finite")
    if isinstance(value, list | dict):
        raise PydanticCustomError("plain_value", "the value is a list or an object")
    return value


# A fraction is taken in here, so that the catalogue can say which unit wants a whole number.
AnswerValue = Annotated[
    StrictBool | StrictInt | StrictFloat | StrictStr | None,
    BeforeValidator(_read_plain),
    Field(description="Millimetres, per mille, a count, a choice, a truth value or a text."),
]
AnswerUnit = Annotated[
    str | None,
    Field(max_length=20, description="Optional; any other than the field's own is refused."),
]
