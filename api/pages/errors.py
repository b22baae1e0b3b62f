"""Failures of pages, shown as pages: what happened and where to go from here.

Whoever asks for a page gets a page, in their language, also for an address that nobody knows and
for a crash; programs get problem documents as everywhere.
"""

from collections.abc import Callable, Coroutine
from inspect import isawaitable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.middleware import SECURITY_HEADERS
from api.pages.languages import LANGUAGES, OWN_NAMES, choose_language
from api.pages.site import render
from api.problems import STATUS
from geo.errors import DomainError, ErrorKind


def _(message: str) -> str:
    return message


_TEXTS = {
    404: (
        _("We cannot find this page"),
        _("The address may be mistyped, or the place does not exist any more."),
    ),
    500: (
        _("Something broke on our side"),
        _("It is not your fault. Please try again; if it stays so, tell us this number:"),
    ),
    503: (
        _("The service is busy; please try again in a moment"),
        _("Nothing is lost. Wait a few seconds and load the page again."),
    ),
}
_OTHER = (
    _("This address cannot be shown"),
    _("Something in the address cannot be read. Start anew from here:"),
)
STATUS_OF_CRASH = 500
_FOR_PROGRAMS = ("/v1/", "/static/", "/.well-known/", "/ogc/", "/open/")


def render_error(request: Request, status: int) -> Response:
    """Render the page of a failure in the language of the address, else of the browser."""
    first = request.url.path.lstrip("/").partition("/")[0]
    known = first in LANGUAGES
    language = first if known else choose_language(request.headers.get("accept-language", ""))
    title, hint = _TEXTS.get(status, _OTHER)
    context: dict[str, Any] = {
        "title": title,
        "hint": hint,
        "number": request.scope.get("request_id") if status == STATUS_OF_CRASH else None,
        "profile": None,
        "city": None,
    }
    if not known:
        context["languages"] = [
            {"code": code, "name": OWN_NAMES[code], "href": f"/{code}/"} for code in LANGUAGES
        ]
    answer = render(request, language, "error.html", context, status=status)
    # A crash is answered outside the middleware that adds them everywhere else.
    answer.headers.update(SECURITY_HEADERS)
    return answer


def wants_page(request: Request) -> bool:
    """Tell whether a person asks: a browser names HTML, and the address is not for programs."""
    if request.url.path.startswith(_FOR_PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Lay pages over the handlers that are registered already; programs keep those."""
    for kind, handler in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _with_page(handler))


def _with_page(handler: Callable[[Request, Any], Any]) -> Callable[[Request, Any], Any]:
    async def handle(request: Request, error: Exception) -> Response:
        answer = handler(request, error)
        found: Response = await answer if isawaitable(answer) else answer
        return render_error(request, found.status_code) if wants_page(request) else found

    return handle


class PageRoute(APIRoute):
    """A route whose expected failures are pages, not problem documents."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError:
                return render_error(request, STATUS[ErrorKind.NOT_FOUND])
            except DomainError as error:
                return render_error(request, STATUS[error.kind])

        return handle
