"""Bases of request and response bodies."""

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """A body that a client sends; an unknown member is an error, because it would be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponseBody(BaseModel):
    """A body that the service answers."""

    model_config = ConfigDict(from_attributes=True)
