"""The OpenAPI document: tags, and problems under their own media type."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, Problem

DESCRIPTION = """
Doorstep-to-doorstep accessibility for the cities of Kazakhstan.

* Geometry is GeoJSON, longitude first. Lengths are integer millimetres, slopes per mille.
* The four words are `yes`, `with_help`, `no` and `unknown`; unknown is never yes.
* Errors are RFC 9457 problems: decide by `type`, never by the text.
"""

TAGS = [
    {"name": "places", "description": "Places, what is known about them, and for whom."},
    {"name": "routes", "description": "Barrier-free walking routes to the right entrance."},
    {"name": "map", "description": "Vector tiles that follow the data."},
    {"name": "open data", "description": "Everything public, for other programs and as files."},
    {"name": "audits", "description": "What volunteers measure."},
    {"name": "photos", "description": "Photos of audits."},
    {"name": "review", "description": "What the akimat decides."},
    {"name": "barriers", "description": "Temporary obstacles."},
    {"name": "sync", "description": "What phones keep in step with."},
    {"name": "sign-in", "description": "Passwords, keys, one-time codes and tokens."},
    {"name": "account", "description": "One's own account, its data and its end."},
    {"name": "accounts", "description": "Accounts, for those who look after them."},
    {"name": "service", "description": "Health of this process."},
]


def build_openapi(app: FastAPI) -> dict[str, Any]:
    """Build the document once; declare problems as `application/problem+json`."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title="Esik",
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for path in document["paths"].values():
        for operation in path.values():
            _declare_what_any_may_answer(operation)
            for status, response in operation.get("responses", {}).items():
                if int(status) >= 400:  # noqa: PLR2004 - HTTP's own line between good and bad
                    response["content"] = {MEDIA_TYPE: reference}
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    app.openapi_schema = document
    return document


def _declare_what_any_may_answer(operation: dict[str, Any]) -> None:
    """Name what an operation answers before its own code runs; its own words come first."""
    responses = operation["responses"]
    if "requestBody" in operation:
        responses.setdefault("400", {"description": "The body cannot be read as text."})
        responses.setdefault("413", {"description": "`body-too-large`: send less at once."})
    responses.setdefault("503", {"description": "`database-unavailable`: try again shortly."})
