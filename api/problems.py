"""Domain errors become RFC 9457 problems here and nowhere else."""

import json
import math
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from api.localised import describe, describe_errors, find_language
from audits.photos.errors import UploadOffsetError
from geo.errors import DatabaseUnavailableError, DomainError, ErrorKind

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

STATUS = {
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.GONE: 410,
    ErrorKind.INVALID: 422,
    ErrorKind.BAD_REQUEST: 400,
    ErrorKind.CONFLICT: 409,
    ErrorKind.STALE: 412,
    ErrorKind.PRECONDITION_REQUIRED: 428,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.TOO_LARGE: 413,
    ErrorKind.UNSUPPORTED: 415,
    ErrorKind.RATE_LIMITED: 429,
    ErrorKind.UNAVAILABLE: 503,
}
GENERAL = {
    "bad-request": (400, "The request cannot be read at all, such as JSON that is cut off."),
    "internal-error": (500, "Something broke on our side; `request_id` finds it in the log."),
    "invalid-request": (422, "The request does not fit its description; `errors` names each part."),
    "method-not-allowed": (405, "The address takes other methods; `Allow` lists them."),
    "not-found": (404, "There is no such address."),
}
"""Problems that no error of the domain stands behind: code, status, meaning."""
_DEFAULT_RETRY_S = {ErrorKind.RATE_LIMITED: 60, ErrorKind.UNAVAILABLE: 2}


class FieldProblem(BaseModel):
    """One thing that is wrong in a request body or query."""

    pointer: str = Field(description="JSON pointer into the body, or the name of a parameter.")
    code: str
    detail: str = Field(description="For people, in the language of `lang` or `Accept-Language`.")
    field: str | None = Field(None, description="Field of the catalogue that it is about.")
    params: dict[str, Any] | None = Field(None, description="What the text was filled with.")


class Problem(BaseModel):
    """RFC 9457 problem details. `type` is stable; decide by it, never by the text."""

    type: str = Field(examples=["/problems/audit-not-found"])
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    request_id: str | None = None
    retryable: bool = False
    errors: list[FieldProblem] | None = None


def iter_known() -> Iterator[type[DomainError]]:
    """Give every kind of domain error of the modules that are loaded, in no order."""
    waiting = list(DomainError.__subclasses__())
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        yield error


def meaning_of(error: type[DomainError]) -> str:
    """Give what a kind of error means, on one line."""
    return " ".join((error.__doc__ or "").split())


def find_meaning(code: str) -> tuple[int, str, str] | None:
    """Give status, title and meaning of a code; `None` where nothing answers with it."""
    if code in GENERAL:
        status, meaning = GENERAL[code]
        return status, HTTPStatus(status).phrase, meaning
    found = next((error for error in iter_known() if error.code == code), None)
    if found is None:
        return None
    return STATUS[found.kind], found.title, meaning_of(found)


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """Declare on a route which problems it may answer, for OpenAPI."""
    by_status: dict[int | str, list[str]] = {}
    for error in errors:
        by_status.setdefault(STATUS[error.kind], []).append(f"`{error.code}`: {error.title}.")
    return {
        status: {"model": Problem, "description": " ".join(lines)}
        for status, lines in by_status.items()
    }


def render(
    request: Request,
    *,
    code: str,
    title: str,
    status: int,
    detail: str | None = None,
    params: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Build the problem response for one occurrence."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "instance": request.url.path,
        "request_id": request.scope.get("request_id"),
        "retryable": status in {429, 503},
    }
    if detail and detail != title:
        body["detail"] = detail
    body |= {key: value for key, value in (params or {}).items() if key not in body}
    return JSONResponse(_plain(body), status, headers, MEDIA_TYPE)


def _plain(value: Any) -> Any:  # noqa: ANN401 - parameters of an error are anything printable
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no NaN and no infinity
    return value if isinstance(value, str | int | float | bool | None) else str(value)


async def _on_domain_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, DomainError):
        raise error
    status = STATUS[error.kind]
    params = error.params
    if isinstance(errors := params.get("errors"), list):
        params = {**params, "errors": describe_errors(errors, find_language(request))}
    headers: dict[str, str] = {}
    if error.kind in _DEFAULT_RETRY_S:
        retry_s = params.get("retry_after_s", _DEFAULT_RETRY_S[error.kind])
        headers["Retry-After"] = str(retry_s)
    if error.kind is ErrorKind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, UploadOffsetError):
        # The phone reads it from where every other answer about an upload says it.
        headers["Upload-Offset"] = str(params["offset"])
        headers["Upload-Complete"] = "?1" if params["complete"] else "?0"
    return render(
        request,
        code=error.code,
        title=error.title,
        status=status,
        detail=error.detail,
        params=params,
        headers=headers,
    )


async def describe_failure(
    request: Request, error: DomainError | ValidationError
) -> dict[str, Any]:
    """Give the problem document of one part of a request that goes on without it."""
    if isinstance(error, DomainError):
        answer = await _on_domain_error(request, error)
    else:
        parts = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        answer = await _on_validation_error(request, RequestValidationError(parts))
    return dict(json.loads(bytes(answer.body)))


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    return render(
        request,
        code="invalid-request",
        title="The request does not fit its description",
        status=422,
        params={"errors": _field_problems(error.errors(), find_language(request))},
    )


def _field_problems(errors: Sequence[Any], language: str) -> list[dict[str, str]]:
    found = []
    for item in errors:
        place, *path = [str(part) for part in item["loc"]] or ["body"]
        pointer = "/" + "/".join(path) if place == "body" else ".".join(path) or place
        text = describe(item["type"], item.get("ctx", {}), language, technical=item["msg"])
        found.append({"pointer": pointer, "code": item["type"], "detail": text})
    return found


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    phrase = HTTPStatus(error.status_code).phrase
    return render(
        request,
        code=phrase.lower().replace(" ", "-"),
        title=phrase,
        status=error.status_code,
        detail=error.detail,
        headers=dict(error.headers or {}),
    )


async def _on_pool_timeout(request: Request, _error: Exception) -> JSONResponse:
    return await _on_domain_error(request, DatabaseUnavailableError())


async def _on_crash(request: Request, error: Exception) -> JSONResponse:
    log.error("request_crashed", path=request.url.path, exc_info=error)
    return render(request, code="internal-error", title="Something broke on our side", status=500)


def install(app: FastAPI) -> None:
    """Register the handlers that turn every failure into a problem."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(PoolTimeoutError, _on_pool_timeout)
    app.add_exception_handler(Exception, _on_crash)
