"""The API describes itself well enough for a stranger."""

import json
from typing import Any

import pytest

from api.documents import render_openapi

_DOCUMENT: dict[str, Any] = json.loads(render_openapi())
_OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, methods in _DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_every_operation_has_a_name_of_its_own() -> None:
    """Operation ids are unique verbs with nouns: labels of metrics, names of client methods."""
    ids = [parameters.values[2]["operationId"] for parameters in _OPERATIONS]
    assert len(ids) == len(set(ids))
    assert all(name[0].islower() and name.isalnum() for name in ids)


@pytest.mark.parametrize(("path", "method", "operation"), _OPERATIONS)
def test_an_operation_explains_itself(path: str, method: str, operation: dict[str, Any]) -> None:
    """A short summary, a description of the effect, and a tag that has a text."""
    assert 1 <= len(operation["summary"].split()) <= 6, (method, path)
    assert len(operation["description"].split()) >= 5, (method, path)
    known = {tag["name"] for tag in _DOCUMENT["tags"]}
    assert set(operation["tags"]) <= known, operation["tags"]


@pytest.mark.parametrize(("path", "method", "operation"), _OPERATIONS)
def test_failures_are_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    """Every declared failure is a problem document; what takes input declares 422."""
    for status, response in operation["responses"].items():
        if int(status) >= 400 and not (path == "/readyz" and status == "503"):
            assert list(response["content"]) == ["application/problem+json"], (method, status)


def test_references_lead_somewhere() -> None:
    """Every schema that is referred to is there."""
    known = set(_DOCUMENT["components"]["schemas"])
    text = json.dumps(_DOCUMENT)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= known
