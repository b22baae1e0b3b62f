"""Failures of pages, shown as pages: what happened and where to go from here."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.pages.languages import DEFAULT, LANGUAGES
from api.pages.site import render
from api.problems import STATUS
from geo.errors import DomainError, ErrorKind


def _(message: str) -> str:
    return message


_TITLES = {
    404: _("We cannot find this page"),
    503: _("The service is busy; please try again in a moment"),
}
_OTHER = _("This address cannot be shown")


def render_error(request: Request, status: int) -> Response:
    """Render the page of a failure in the language of the address."""
    first = request.url.path.lstrip("/").partition("/")[0]
    language = first if first in LANGUAGES else DEFAULT
    context = {"title": _TITLES.get(status, _OTHER), "profile": None, "city": None}
    return render(request, language, "error.html", context, status=status)


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
