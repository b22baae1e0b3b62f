"""Browser libraries that npm put beside us; every page works without them.

Only the built files of the libraries in use are served, under an address with their version.
"""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of built files and the address it is served under."""

    folder: Path
    address: str


def find_map_library(web_dir: Path) -> Library | None:
    """Find MapLibre below a `node_modules` folder; `None` when it was not installed."""
    return _find(web_dir, "maplibre-gl", folder="dist", file="maplibre-gl.mjs")


def find_api_library(web_dir: Path) -> Library | None:
    """Find Swagger UI, which shows the OpenAPI document; `None` when it was not installed."""
    return _find(web_dir, "swagger-ui-dist", folder=".", file="swagger-ui-bundle.js")


def _find(web_dir: Path, name: str, *, folder: str, file: str) -> Library | None:
    package = web_dir / name
    built = package / folder
    if not (built / file).is_file():
        return None
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    return Library(built.resolve(), f"/static/vendor/{name}-{version}")
