"""The application: nothing happens at import, everything from settings."""

from fastapi import FastAPI

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


def create_app(settings: Settings) -> FastAPI:
    """Build the web application of one installation."""
    app = FastAPI(
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
    app.add_middleware(ShortWay, find=find_kept_tile)
    return app
