"""Serve static files: compressed, and kept for ever under addresses that change with them."""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.pages.site import STATIC, static_digest
from api.pages.vendor import find_api_library, find_map_library

_FOR_EVER = "public, max-age=31536000, immutable"


class _LastingFiles(StaticFiles):
    """Files under an address that names their content."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Let browsers keep what they got; an address of an older version is only a guess."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        digest = scope.get("path_params", {}).get("digest")
        lasting = digest is None or digest == static_digest()
        response.headers["Cache-Control"] = _FOR_EVER if lasting else "no-cache"
        return response


def mount_files(app: FastAPI, *, web_dir: Path) -> None:
    """Serve our own files and, when installed, the libraries."""
    for library in (find_map_library(web_dir), find_api_library(web_dir)):
        if library is not None:
            app.mount(library.address, GZipMiddleware(_LastingFiles(directory=library.folder)))
    app.mount("/static/{digest}", GZipMiddleware(_LastingFiles(directory=STATIC)), name="static")
