"""Bases of request and response bodies."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class RequestBody(BaseModel):
    """A body that a client sends; an unknown member is an error, because it would be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unstorable_text(cls, data: Any) -> Any:  # noqa: ANN401 - whatever was sent
        """Refuse what is no text to a database: NUL characters and halves of surrogate pairs."""
        if isinstance(data, dict):
            for name, value in data.items():
                inner = value.values() if isinstance(value, dict) else (value,)
                if any(isinstance(text, str) and not _is_storable(text) for text in inner):
                    raise ValueError(f"{name} holds a character that cannot be stored")
        return data


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


class ResponseBody(BaseModel):
    """A body that the service answers."""

    model_config = ConfigDict(from_attributes=True)
