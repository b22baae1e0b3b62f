"""Pages for citizens: the map and list, a place, a route, help.

Every page exists once per language, under the same path. The whole state is in the address.
"""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import RedirectResponse

from api.dependencies import ReadDb
from api.pages import show
from api.pages.errors import PageRoute, render_error
from api.pages.files import mount_files
from api.pages.languages import LANGUAGES, choose_language

router = APIRouter(include_in_schema=False, route_class=PageRoute)


_WITHOUT_SLASH = frozenset({"route", "help", "open"})
"""Pages that are found with a slash at the end, too: people type one."""


def mount_static(app: FastAPI) -> None:
    """Serve styles, scripts and the map library."""
    mount_files(app, web_dir=app.state.settings.web_dir)


@router.get("/")
async def choose_start(request: Request) -> Response:
    """Send a visitor to the pages in a language that the browser wishes."""
    language = choose_language(request.headers.get("accept-language", ""))
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Vary": "Accept-Language", "Cache-Control": "private, no-cache"}
    return RedirectResponse(f"/{language}/{query}", 302, headers)


def _add_pages(language: str) -> None:
    """Register the pages of one language, the catch-all last."""

    async def home(request: Request, db: ReadDb) -> Response:
        return await show.show_home(request, db, language)

    async def place(place_id: UUID, request: Request, db: ReadDb) -> Response:
        return await show.show_place(request, db, language, place_id)

    async def route(request: Request, db: ReadDb) -> Response:
        return await show.show_route(request, db, language)

    async def about(request: Request, db: ReadDb) -> Response:
        return await show.show_help(request, db, language)

    async def add_slash(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{language}/{query}", 308)

    async def nothing(rest: str, request: Request) -> Response:
        bare = rest.rstrip("/")
        if bare != rest and bare in _WITHOUT_SLASH:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/{language}/{bare}{query}", 308)
        return render_error(request, 404)

    pages: dict[str, Any] = {
        "": add_slash,
        "/": home,
        "/places/{place_id}": place,
        "/route": route,
        "/help": about,
        "/{rest:path}": nothing,
    }
    for path, page in pages.items():
        router.add_api_route(f"/{language}{path}", page, name=f"page_{page.__name__}")


for _language in LANGUAGES:
    _add_pages(_language)
