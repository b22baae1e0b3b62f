"""Who may call what: one row for every endpoint, and a world in which each row can be tried.

A new endpoint without a row fails its test. Add one:

- `PUBLIC`: the same for everybody, signed in or not;
- `OWN`: for whoever is signed in, about oneself only, whatever the role;
- `Row("401 200 404 …")`: the exact status for each of `ROLES`, in their order, with what the
  request needs. Whatever names something foreign belongs here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2

from geo.ids import uuid7
from tests.support.bodies import audit_of_a_ramp
from tests.support.devices import Phone

ROLES = (
    "stranger", "author", "volunteer", "reviewer", "reviewer_elsewhere", "manager", "admin",
)  # fmt: skip
PUBLIC = "public"
OWN = "own"


@dataclass
class World:
    """A small city with somebody in every role; `author` is who made what the rows ask for."""

    client: httpx2.AsyncClient
    headers: dict[str, dict[str, str]]
    place_id: UUID
    account_ids: list[UUID] = field(default_factory=list)
    """Volunteers that nobody needs; a row that changes an account takes one."""

    async def send(self, method: str, path: str, role: str, **more: Any) -> httpx2.Response:  # noqa: ANN401 - of httpx2
        """Send a request as somebody."""
        headers = {**self.headers[role], **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def audit(self) -> str:
        """Let the author send an audit; gives its id."""
        audit_id = uuid7()
        body = audit_of_a_ramp(self.place_id, uuid7())
        new = {"If-None-Match": "*"}
        sent = await self.send("PUT", f"/v1/audits/{audit_id}", "author", json=body, headers=new)
        assert sent.status_code == 201, sent.text
        return str(audit_id)

    async def photo(self) -> str:
        """Let the author announce a photo; gives its id."""
        photo_id = uuid7()
        body = audit_of_a_ramp(self.place_id, uuid7())
        body["photos"] = [
            {"id": str(photo_id), "sha256": "0" * 64, "byte_count": 9, "media_type": "image/jpeg"}
        ]
        new = {"If-None-Match": "*"}
        sent = await self.send("PUT", f"/v1/audits/{uuid7()}", "author", json=body, headers=new)
        assert sent.status_code == 201, sent.text
        return str(photo_id)

    async def upload(self) -> str:
        """Let the author begin to send a photo; gives the upload's id."""
        path = f"/v1/photos/{await self.photo()}/upload"
        begun = await self.send("POST", path, "author", headers={"Upload-Length": "9"})
        assert begun.status_code == 201, begun.text
        return str(begun.json()["id"])

    async def barrier(self) -> str:
        """Let the author report a barrier; gives its id."""
        path, new = f"/v1/barriers/{uuid7()}", {"If-None-Match": "*"}
        sent = await self.send("PUT", path, "author", json=BARRIER, headers=new)
        assert sent.status_code == 201, sent.text
        return str(sent.json()["id"])

    async def device(self) -> str:
        """Let the author register one more phone; gives its id."""
        made = await Phone(self.client).register(self.headers["author"])
        return str(made.json()["device"]["id"])

    async def account(self) -> str:
        """Give the id of a volunteer that nobody needs."""
        return str(self.account_ids.pop())

    async def new_id(self) -> str:
        """Give an id that nothing has yet."""
        return str(uuid7())

    async def place(self) -> str:
        """Give the id of the school."""
        return str(self.place_id)


Maker = Callable[[World], Awaitable[str]]


@dataclass(frozen=True)
class Row:
    """Statuses for each role, and what the request needs besides."""

    statuses: str
    ids: Mapping[str, Maker] = field(default_factory=dict)
    body: Callable[[World], Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def expected(self) -> dict[str, int]:
        """Give the status for each role."""
        return dict(zip(ROLES, map(int, self.statuses.split()), strict=True))


BARRIER = {
    "kind": "dug_up",
    "geometry": {"type": "LineString", "coordinates": [[76.9304, 43.24], [76.9312, 43.24]]},
}
_NEW = {"If-None-Match": "*"}
_FIRST = {"If-Match": '"1"'}
_AUDIT = {"audit_id": World.audit}
_PHOTO = {"photo_id": World.photo}
_ACCOUNT = {"account_id": World.account}
_ASK = {"outcome": "needs_info", "reason_code": "photo_unclear"}
_ONLY_AUTHOR = "401 200 404 404 404 404 404"
_ONLY_ADMIN = "401 403 403 403 403 403 200"
_FIELD_WORK = "401 201 201 201 201 201 201"

TABLE: dict[str, str | Row] = {
    # what everybody may read
    "getKeys": PUBLIC, "getHealth": PUBLIC, "getReadiness": PUBLIC, "getAreaPack": PUBLIC,
    "listBarriers": PUBLIC, "getCatalogue": PUBLIC, "getCatalogueVersion": PUBLIC,
    "listPlaces": PUBLIC, "getPlace": PUBLIC, "getPlaceAsA11yjson": PUBLIC,
    "getPlaceHistory": PUBLIC, "getVerdict": PUBLIC, "explainVerdict": PUBLIC,
    "planRoute": PUBLIC, "planRouteByBody": PUBLIC, "getBarrier": PUBLIC,
    "describeTiles": PUBLIC, "getTile": PUBLIC,
    "drawView": PUBLIC, "drawPlace": PUBLIC, "drawRoute": PUBLIC,
    "findReach": PUBLIC, "findReachByBody": PUBLIC, "computeMatrix": PUBLIC, "listArrivals": PUBLIC,
    "listConsents": PUBLIC, "search": PUBLIC, "findAddressOfPoint": PUBLIC,
    "getOgcLanding": PUBLIC, "getOgcDefinition": PUBLIC, "getOgcConformance": PUBLIC,
    "listOgcCollections": PUBLIC, "getOgcCollection": PUBLIC, "getOgcSchema": PUBLIC,
    "listOgcFeatures": PUBLIC, "getOgcFeature": PUBLIC,
    "getOpenFile": PUBLIC, "getOpenFileOfSet": PUBLIC,
    # how one comes in
    "signIn": PUBLIC, "refreshToken": PUBLIC, "signOut": PUBLIC, "requestCode": PUBLIC,
    "signInWithCode": PUBLIC, "makeChallenge": PUBLIC, "signInWithDevice": PUBLIC,
    "registerDevice": PUBLIC,
    # about oneself
    "getAccount": OWN, "signOutEverywhere": OWN, "listDevices": OWN, "requestClaim": OWN,
    "claimContact": OWN, "giveConsents": OWN, "changePassword": OWN, "beginSecondFactor": OWN,
    "confirmSecondFactor": OWN, "exportAccount": OWN, "requestDeletion": OWN,
    "confirmDeletion": OWN, "listAudits": OWN, "syncChanges": OWN, "putAudits": OWN,
    "putBundle": OWN,
    "revokeDevice": Row("401 204 404 404 404 404 404", ids={"device_id": World.device}),
    # audits and photos
    "putAudit": Row(
        _FIELD_WORK,
        ids={"audit_id": World.new_id},
        headers=_NEW,
        body=lambda world: audit_of_a_ramp(world.place_id, uuid7()),
    ),
    "getAudit": Row(_ONLY_AUTHOR, ids=_AUDIT),
    "withdrawAudit": Row(_ONLY_AUTHOR, ids=_AUDIT, headers=_FIRST),
    "getPhoto": Row("401 200 404 200 404 200 200", ids=_PHOTO),
    "getPicture": Row("401 404 404 404 404 404 404", ids=_PHOTO),
    "putPhotoContent": Row("401 400 404 404 404 404 404", ids=_PHOTO),
    "getAuditStatus": Row(_ONLY_AUTHOR, ids=_AUDIT),
    "getOriginal": Row("401 404 404 404 404 404 404", ids=_PHOTO),  # no bytes yet
    "redactPhoto": Row(
        "401 202 404 202 404 202 202",
        ids=_PHOTO,
        body=lambda _: {"rectangles": [{"x": 0, "y": 0, "width": 0.5, "height": 0.5}]},
    ),
    "beginUpload": Row(
        "401 201 404 404 404 404 404", ids=_PHOTO, headers={"Upload-Length": "9"}
    ),
    "getUploadOffset": Row(_ONLY_AUTHOR.replace("200", "204"), ids={"upload_id": World.upload}),
    "appendToUpload": Row(
        "401 204 404 404 404 404 404",
        ids={"upload_id": World.upload},
        headers={
            "Upload-Offset": "0", "Upload-Complete": "?0",
            "Content-Type": "application/partial-upload",
        },
    ),
    "cancelUpload": Row(_ONLY_AUTHOR.replace("200", "204"), ids={"upload_id": World.upload}),
    "putCarriedPhoto": Row("401 404 404 404 404 404 404", ids={"photo_id": World.new_id}),
    "putConfirmation": Row(
        "401 404 404 404 404 404 404",  # nothing is known there yet
        ids={"confirmation_id": World.new_id},
        body=lambda world: {"place_id": str(world.place_id), "field": "x", "vote": "agree"},
    ),
    # barriers
    "putBarrier": Row(
        _FIELD_WORK, ids={"barrier_id": World.new_id}, headers=_NEW, body=lambda _: BARRIER
    ),
    "decideBarrier": Row(
        "401 403 403 201 403 201 201",
        ids={"barrier_id": World.barrier},
        body=lambda _: {"outcome": "confirm"},
    ),
    "confirmBarrier": Row(
        "401 201 201 201 201 201 201",
        ids={"barrier_id": World.barrier},
        body=lambda _: {"id": str(uuid7()), "vote": "still_there"},
    ),
    "listBarriersForReview": Row("401 403 403 200 200 200 200"),
    # review
    "listQueue": Row("401 403 403 200 200 200 200"),
    "getAuditForReview": Row("401 403 403 200 404 200 200", ids=_AUDIT),
    "decideAudit": Row(
        "401 403 403 201 404 201 201", ids=_AUDIT, headers=_FIRST, body=lambda _: _ASK
    ),
    "putDeclaredStatus": Row(
        "401 403 403 200 403 200 200",
        ids={"place_id": World.place},
        body=lambda _: {
            "status": "adapted_all", "source": "Register", "declared_on": "2025-02-01",
        },
    ),
    "getRecompute": Row("401 403 403 403 403 200 200"),
    "startRecompute": Row("401 403 403 403 403 202 202"),
    "publishOpenData": Row("401 403 403 403 403 202 202"),
    # accounts
    "listAccounts": Row("401 403 403 403 403 200 200"),
    "createAccount": Row(
        "401 403 403 403 403 403 201",
        body=lambda _: {
            "login": f"new-{uuid7()}", "password": "long enough for this", "role": "volunteer",
        },
    ),
    "getManagedAccount": Row("401 403 403 403 403 200 200", ids=_ACCOUNT),
    "changeAccount": Row(_ONLY_ADMIN, ids=_ACCOUNT, body=lambda _: {"display_name": "Дана"}),
    "banAccount": Row(
        "401 403 403 403 403 200 200", ids=_ACCOUNT, body=lambda _: {"reason": "spam"}
    ),
    "unbanAccount": Row("401 403 403 403 403 200 200", ids=_ACCOUNT),
    "resetSecondFactor": Row("401 403 403 403 403 403 204", ids=_ACCOUNT),
}  # fmt: skip
