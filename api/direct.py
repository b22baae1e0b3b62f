"""Short ways for the questions that are asked most; here a route between points, by its address.

Finding an operation among a hundred and gathering what it depends on costs more than such an
answer itself. A short way takes what needs none of that. Everything else, and everything that is
wrong with such a question, takes the ordinary way, so there is one description of what is
allowed and one of what is wrong. Pure ASGI.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from api.planning import Desk
from api.routes.routing import answer_route, plan_route
from api.schemas.journeys import RouteQuery
from geo.errors import DomainError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy.ext.asyncio import AsyncSession

    from api.lifespan import State

_PATH = "/v1/routes"
_FIELDS = {field.alias or name: name for name, field in RouteQuery.model_fields.items()}
_LISTS = frozenset(
    alias for alias, name in _FIELDS.items() if RouteQuery.model_fields[name].default == []
)
_POINT = frozenset("0123456789.,-")
_ENDS = ("from", "to")


class _Operation:
    """What the access line names instead of a route that was looked up."""

    operation_id = "planRoute"
    name = plan_route.__name__


class ShortWay:
    """Let `find` answer what it can, and pass everything else on.

    `find` gives the application that answers a request, or nothing; it waits for nobody.
    """

    def __init__(self, app: ASGIApp, find: Callable[[Scope], ASGIApp | None]) -> None:
        self._app = app
        self._find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it through."""
        found = self._find(scope) if scope["type"] == "http" else None
        await (found or self._app)(scope, receive, send)


def find_way(scope: Scope) -> ASGIApp | None:
    """Find the answer to `GET /v1/routes` between points, which reads no database."""
    if scope["path"] != _PATH or scope["method"] != "GET":
        return None
    asked = _read_question(scope)
    if asked is None:
        return None

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = _Operation
        response = await _answer(asked, Request(scope, receive))
        await response(scope, receive, send)

    return answer


def _read_question(scope: Scope) -> RouteQuery | None:
    """Return what is asked, or nothing when it takes more than points to answer."""
    app: FastAPI = scope["app"]
    if app.dependency_overrides or _has_body(scope):
        return None
    given: dict[str, Any] = {}
    for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name in _LISTS:
            given.setdefault(name, []).append(value)
        elif name in given or name not in _FIELDS:
            return None
        else:
            given[name] = value
    if not _are_points(given):
        return None
    try:
        return RouteQuery.model_validate(given)
    except ValidationError:
        return None


def _has_body(scope: Scope) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


def _are_points(given: Mapping[str, Any]) -> bool:
    ends = [*(given.get(name, "") for name in _ENDS), *given.get("via", ())]
    return all(end and _POINT.issuperset(end) for end in ends)


async def _answer(asked: RouteQuery, request: Request) -> Response:
    state = cast("State", request.state.esik)
    desk = Desk(request, state, _open_nothing, datetime.now(UTC))
    try:
        return await answer_route(asked, desk)
    except DomainError as error:
        describe: Any = request.app.exception_handlers[DomainError]
        return cast("Response", await describe(request, error))


def _open_nothing() -> "AsyncSession":
    raise RuntimeError("a route between points reads no database")
