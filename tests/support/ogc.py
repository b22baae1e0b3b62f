"""A client of OGC API - Features that knows nothing but the address of the landing page."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from jsonschema_rs import validator_for


class Api:
    """What a client of the standard knows: the address of the landing page."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, status: int = 200, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """Get a JSON resource and check its status."""
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == status, (path, answer.text)
        return answer.json()

    async def items(self, name: str, **query: str | float) -> Any:  # noqa: ANN401 - JSON
        """Get a page of features."""
        answer = await self.client.get(f"/ogc/collections/{name}/items", params=query)
        assert answer.status_code == 200, (query, answer.text)
        return answer.json()

    async def pages(self, name: str, **query: str | float) -> AsyncIterator[Any]:
        """Follow the `next` links to the end."""
        page = await self.items(name, **query)
        while True:
            yield page
            following = [each["href"] for each in page["links"] if each["rel"] == "next"]
            if not following:
                return
            page = await self.get(following[0])

    async def all_features(self, name: str, **query: str | float) -> list[Any]:
        """List the features of all pages."""
        return [each async for page in self.pages(name, **query) for each in page["features"]]


def find_link(document: dict[str, Any], rel: str, kind: str | None = None) -> dict[str, str]:
    """Find the first link of a relation, and of a media type if one is given."""
    found = [
        each for each in document["links"] if each["rel"] == rel and kind in {None, each["type"]}
    ]
    assert found, (rel, kind)
    return dict(found[0])


def check_by(definition: dict[str, Any], name: str, document: object) -> None:
    """Check a document by a schema of the definition, in its draft-4 like dialect."""
    text = json.dumps(definition["components"]["schemas"]).replace(
        '"type": "string", "nullable": true', '"type": ["string", "null"]'
    )
    text = text.replace('"type": "object", "nullable": true', '"type": ["object", "null"]')
    schemas = json.loads(text.replace("#/components/schemas/", "#/$defs/"))
    validator_for({"$ref": f"#/$defs/{name}", "$defs": schemas}).validate(document)
