"""The application: nothing happens at import, everything from settings."""

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api import openapi, problems
from api.cross_origin import OpenReads
from api.direct import ShortWay, find_way
from api.kept_tiles import find_kept_tile
from api.lifespan import lifespan
from api.middleware import RequestContext
from api.pages import errors
from api.routes import (
    account,
    accounts,
    arrivals,
    audits,
    auth,
    barriers,
    bundles,
    catalogue,
    codes,
    confirmations,
    devices,
    docs,
    exports,
    health,
    maps,
    matrix,
    ogc,
    open_data,
    pages,
    photos,
    places,
    reach,
    renewal,
    reviews,
    routing,
    search,
    sync,
    tiles,
    uploads,
    verdicts,
)
from api.settings import Settings

VERSION = "0.1.0"


class _Site(FastAPI):
    """The application behind the short way to what memory has."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer at once what needs no middleware, and everything else as usual."""
        found = find_kept_tile(scope) if scope["type"] == "http" else None
        await (found or super().__call__)(scope, receive, send)


def create_app(settings: Settings) -> FastAPI:
    """Build the web application of one installation."""
    app = _Site(
        title="Esik",
        version=VERSION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.settings = settings
    problems.install(app)
    errors.install(app)
    for module in (
        health,
        auth,
        codes,
        devices,
        account,
        accounts,
        exports,  # before places: its paths are places with an ending
        places,
        verdicts,
        search,
        catalogue,
        audits,
        bundles,
        confirmations,
        photos,
        uploads,
        barriers,
        sync,
        reviews,
        renewal,
        routing,
        reach,
        matrix,
        arrivals,
        tiles,
        maps,
        ogc,
        open_data,
        docs,
        pages,
    ):
        app.include_router(module.router)
    pages.mount_static(app)
    app.openapi = lambda: openapi.build_openapi(app)  # type: ignore[method-assign]
    # From the innermost to the outermost.
    app.add_middleware(ShortWay, find=find_way)
    app.add_middleware(OpenReads)
    app.add_middleware(RequestContext)
    return app
