"""Words and measures as OpenStreetMap tags, in an osmChange file that a person reviews.

Nothing is uploaded by machine: the file carries no changeset and stands at version 0 of each
object, so an editor has to fetch the object and merge by hand. Only what is known is written,
only on objects that the map already has, and only tags that the map does not have yet or has
otherwise. Whether volunteers' facts may go there is a matter of their licence: settle it first.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from uuid import UUID
from xml.sax.saxutils import quoteattr

from sqlalchemy.ext.asyncio import AsyncSession

from audits.exports.published import PublishedPlace, iter_published
from audits.models import FactRow
from audits.observations import Grade, Method, grade_of
from geo.geojson import read_point
from geo.mobility.profiles import Profile
from geo.mobility.words import Word
from geo.places.kinds import ElementKind

WHEELCHAIR: Mapping[Word, str] = {Word.YES: "yes", Word.WITH_HELP: "limited", Word.NO: "no"}
_NOTE = "From an audit on the spot; compare with the map before uploading"
_SOURCE = "survey"
_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Tags = dict[str, str]


@dataclass(frozen=True, slots=True)
class OsmEdit:
    """Tags proposed for one object of the map."""

    kind: str
    """`node`, `way` or `relation`."""
    id: int
    place_id: UUID
    tags: Tags
    point: tuple[float, float] | None = None
    """Of a node: an editor wants one."""
    evidence: str = ""
    before: Tags = field(default_factory=dict)
    """What the map says now where it says something else."""


async def iter_edits(db: AsyncSession, *, now: datetime) -> AsyncIterator[OsmEdit]:
    """Stream the edits of every active place; memory stays bounded."""
    async for published in iter_published(db, now=now):
        for edit in propose_edits(published):
            yield edit


def propose_edits(published: PublishedPlace) -> list[OsmEdit]:
    """Propose tags for a place and for its entrances; nothing where nothing is known."""
    place = published.place
    edits = []
    if place.osm_id is not None and place.osm_type is not None:
        tags = _new(_place_tags(published), place.osm_tags)
        where = read_point(place.point) if place.osm_type == "node" else None
        edits.append(_edit(place.osm_type, place.osm_id, published, tags, place.osm_tags, where))
    for element in published.elements:
        if element.osm_node_id is None or element.kind is not ElementKind.ENTRANCE:
            continue
        parts = {element.id} | {
            part.id for part in published.elements if part.parent_id == element.id
        }
        facts = [fact for fact in published.facts if fact.element_id in parts]
        mapped = {str(key): str(value) for key, value in element.osm_tags.items()}
        tags = _new(_entrance_tags(facts), mapped)
        where = read_point(element.geom)
        edits.append(_edit("node", element.osm_node_id, published, tags, mapped, where))
    return [edit for edit in edits if edit.tags]


def _edit(
    kind: str,
    osm_id: int,
    published: PublishedPlace,
    tags: Tags,
    mapped: Mapping[str, str],
    where: tuple[float, float] | None,
) -> OsmEdit:
    dates = [fact.observed_at.date().isoformat() for fact in published.facts]
    return OsmEdit(
        kind=kind,
        id=osm_id,
        place_id=published.place.id,
        tags=tags,
        point=where,
        evidence=max(dates, default=""),
        before={key: mapped[key] for key in tags if key in mapped},
    )


def _new(tags: Tags, mapped: Mapping[str, str]) -> Tags:
    return {key: value for key, value in sorted(tags.items()) if mapped.get(key) != value}


def _place_tags(published: PublishedPlace) -> Tags:
    tags: Tags = {}
    place = published.place
    word = Word.from_code(place.service_words[Profile.MANUAL_WHEELCHAIR.position])
    if word in WHEELCHAIR and _was_seen(published.facts):
        tags["wheelchair"] = WHEELCHAIR[word]
    for fact in published.facts:
        if fact.element_id is None and _is_seen(fact):
            tags.update(_plain(fact, _PLACE_TAGS))
    return tags


def _entrance_tags(facts: Iterable[FactRow]) -> Tags:
    tags: Tags = {}
    for fact in facts:
        if _is_seen(fact):
            tags.update(_plain(fact, _ENTRANCE_TAGS))
            tags.update(_measures(fact))
    return tags


def _is_seen(fact: FactRow) -> bool:
    """Whether somebody looked; claims of other registers are not ours to pass on."""
    return grade_of(Method(fact.method), is_measure=False) is not Grade.CLAIMED


def _was_seen(facts: Iterable[FactRow]) -> bool:
    """Whether no word rests on a mere claim: one claim among the facts may carry it."""
    return bool(facts) and all(_is_seen(fact) for fact in facts)


_ABSENT = "absent"
_YES_NO: Mapping[object, str] = {True: "yes", False: "no", _ABSENT: "no"}
_PLACE_TAGS: Mapping[str, tuple[str, Mapping[object, str]]] = {
    "wc.present": ("toilets:wheelchair", _YES_NO),
    "hearing.loop": (
        "hearing_loop",
        {"fixed": "yes", "portable": "yes", "none": "no", _ABSENT: "no"},
    ),
    "family.changing_table": ("changing_table", _YES_NO),
    "stop.tactile_strip": ("tactile_paving", _YES_NO),
    "stop.bench": ("bench", _YES_NO),
    "stop.display": ("passenger_information_display", _YES_NO),
}
_ENTRANCE_TAGS: Mapping[str, tuple[str, Mapping[object, str]]] = {
    "entrance.role": ("entrance", {"main": "main", "secondary": "secondary", "staff": "staff"}),
    "door.kind": (
        "door",
        {"hinged": "hinged", "sliding": "sliding", "revolving": "revolving", "none": "no"},
    ),
    "door.automatic": (
        "automatic_door",
        {"no": "no", "button": "button", "motion": "motion", _ABSENT: "no"},
    ),
    "ramp.kind": (
        "ramp:wheelchair",
        {
            "fixed": "yes",
            "removable": "limited",
            "folding": "limited",
            "rail_track": "no",
            _ABSENT: "no",
        },
    ),
    "stairs.handrail": ("handrail", {"one": "yes", "both": "yes", "none": "no", _ABSENT: "no"}),
}
_METRES = {"door.clear_width": "width", "door.threshold": "kerb:height"}


def _plain(fact: FactRow, table: Mapping[str, tuple[str, Mapping[object, str]]]) -> Tags:
    if fact.field not in table:
        return {}
    key, values = table[fact.field]
    value = values.get(_ABSENT if fact.state == _ABSENT else fact.value)
    return {} if value is None else {key: value}


def _measures(fact: FactRow) -> Tags:
    """Give measures that are exact; the map has no way to say "at least"."""
    if fact.state == _ABSENT and fact.field in {"door.threshold", "stairs.count"}:
        return {_METRES.get(fact.field, "step_count"): "0"}
    exact = fact.state == "value" and fact.operator == "="
    if not exact or not isinstance(fact.value, int):
        return {}
    if fact.field == "stairs.count":
        return {"step_count": str(fact.value)}
    if fact.field in _METRES and fact.method != Method.ESTIMATE:
        return {_METRES[fact.field]: f"{fact.value / 1000:g}"}
    return {}


async def write_osm_change(
    edits: AsyncIterator[OsmEdit], out: BinaryIO, *, generator: str = "esik"
) -> int:
    """Write edits as an osmChange file (UTF-8) and give their number; one edit in memory."""
    out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f'<osmChange version="0.6" generator={quoteattr(generator)}>\n'.encode())
    count = 0
    async for edit in edits:
        out.write(b"<modify>")
        out.write(ET.tostring(_as_xml(edit), encoding="utf-8"))
        out.write(b"</modify>\n")
        count += 1
    out.write(b"</osmChange>\n")
    return count


def _as_xml(edit: OsmEdit) -> ET.Element:
    made = ET.Element(edit.kind, {"id": str(edit.id), "version": "0"})
    if edit.point is not None:
        made.set("lon", f"{edit.point[0]:.7f}")
        made.set("lat", f"{edit.point[1]:.7f}")
    made.append(ET.Comment(_comment(edit)))
    tags = {**edit.tags, "source": _SOURCE, "note": _NOTE}
    if edit.evidence:
        tags["check_date"] = edit.evidence
    for key, value in tags.items():
        ET.SubElement(made, "tag", {"k": key, "v": _NO_XML.sub("", value)[:255]})
    return made


def _comment(edit: OsmEdit) -> str:
    before = ", ".join(f"{key}={value}" for key, value in edit.before.items())
    text = f" place {edit.place_id}; on the map now: {before or 'nothing of these'} "
    # Two hyphens would end the comment.
    return _NO_XML.sub("", text).replace("--", "- -")
