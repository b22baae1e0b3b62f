"""Take objects of Doskaz over: places, claims, words, and a table of before and after.

Import policy: what an object claims is an audit of one system account, approved by the import
itself, so that facts and words follow as from any audit. Its method is always `claimed`, so the
first answer of anybody who looked beats it. A new place becomes active at once; an entrance has
no position, is marked as imported, and waits for somebody to place it. The same object in the
same state is taken over once; a changed one supersedes its older self.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from audits.accounts.models import Account
from audits.accounts.roles import AccountState, Role
from audits.canonical import digest
from audits.catalogue import PLACE, Answer, Depth, check_answers, load_catalogue
from audits.doskaz.mapping import (
    Claim,
    ClaimFlag,
    FlagCode,
    Form,
    Translation,
    load_mapping,
    translate,
)
from audits.doskaz.matching import find_place, new_place
from audits.doskaz.objects import (
    DoskazObject,
    RowCode,
    RowProblem,
    find_category,
    form_zone,
)
from audits.doskaz.reader import Row, iter_objects
from audits.doskaz.score import COMPARED, Group, Score, score_object
from audits.history import record_event
from audits.models import Audit, AuditVersion, Decision, Observation
from audits.observations import Method, State
from audits.recompute import recompute_place
from audits.workflow import State as AuditState
from geo.db.changes import ChangeKind, record_change
from geo.db.session import Sessions, write_session
from geo.mobility.words import Word
from geo.places.kinds import ElementKind, PlaceState
from geo.places.models import Element, Place

IMPORT_ACCOUNT_ID = UUID("0199a000-d05c-7000-8000-000000000001")
"""The system account that stands behind every imported claim; nobody can sign in to it."""
_DEPTHS = {Form.SMALL: Depth.EXPRESS, Form.MIDDLE: Depth.VOLUNTEER, Form.FULL: Depth.PASSPORT}
_PATH_FIELDS = ("kerb.", "kerb_ramp.", "path.")


@dataclass(slots=True)
class ImportSummary:
    """What came of a file."""

    new: int = 0
    matched: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    claims: int = 0
    unknowns: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    problems: list[RowProblem] = field(default_factory=list)
    compared: Counter[tuple[Group, Score, Word, Word]] = field(default_factory=Counter)
    """Their overall value beside our words for entry and service."""

    def lines(self) -> list[str]:
        """Say it in lines for a terminal."""
        shown = [
            (
                f"{self.new} new places, {self.matched} matched to known places,"
                f" {self.changed} changed, {self.unchanged} as before, {self.refused} rows left out"
            ),
            f"{self.claims} claims taken over, {self.unknowns} answers stay unknown",
        ]
        shown += [f"  {code}: {count}" for code, count in sorted(self.flags.items())]
        shown += [problem.line() for problem in self.problems]
        return [*shown, "", *self.table()]

    def table(self) -> list[str]:
        """Give the table of before and after: their value, our words for entry and service."""
        words = [word.value for word in Word]
        head = f"{'group':<13}{'their score':<14}{'objects':>8}"
        rows = [head + "".join(f"{'entry ' + word:>17}" for word in words)]
        rows[0] += "".join(f"{'service ' + word:>18}" for word in words)
        for group in COMPARED:
            for score in Score:
                entry: Counter[Word] = Counter()
                service: Counter[Word] = Counter()
                for (of, theirs, door, inside), count in self.compared.items():
                    if (of, theirs) == (group, score):
                        entry[door] += count
                        service[inside] += count
                if entry:
                    row = f"{group.value:<13}{score.value:<14}{entry.total():>8}"
                    row += "".join(f"{entry[word]:>17}" for word in Word)
                    rows.append(row + "".join(f"{service[word]:>18}" for word in Word))
        return rows


@dataclass(frozen=True, slots=True)
class _Part:
    """A place or one of its parts, with what is claimed about it."""

    key: str
    kind: ElementKind | None
    translation: Translation


async def import_file(
    sessions: Sessions,
    *,
    path: Path,
    now: datetime,
    as_of: datetime | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> ImportSummary:
    """Take a file over, one object a transaction; bad rows are listed and stop nothing.

    `as_of` dates answers of rows without a date of their own; without it they count from `now`.
    Raises UnreadableFileError.
    """
    return await import_rows(
        sessions, rows=iter_objects(path), now=now, as_of=as_of, progress=progress
    )


async def import_rows(
    sessions: Sessions,
    *,
    rows: Iterable[Row],
    now: datetime,
    as_of: datetime | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> ImportSummary:
    """Take rows over as `import_file` does."""
    summary = ImportSummary()
    seen: set[str] = set()
    async with write_session(sessions) as db:
        await _ensure_account(db)
    for number, found, problems in rows:
        summary.problems += problems
        if found is not None and found.key in seen:
            summary.problems.append(RowProblem(number, RowCode.REPEATED_ID, "/id", found.key))
            found = None  # noqa: PLW2901 - a repeated row counts as none
        if found is None:
            summary.refused += 1
            continue
        seen.add(found.key)
        async with write_session(sessions) as db:
            await import_object(db, found=found, summary=summary, now=now, as_of=as_of or now)
        if number % 500 == 0:
            progress(f"{number} rows")
    return summary


async def import_object(
    db: AsyncSession,
    *,
    found: DoskazObject,
    summary: ImportSummary,
    now: datetime,
    as_of: datetime,
) -> None:
    """Take one object over in the caller's transaction and count it in `summary`."""
    await db.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"doskaz:{found.key}"},
    )
    body = as_body(found)
    content = digest(body)
    audit_id = _stable_id("audit", found.key, content)
    known = await find_place(db, found=found)
    if known is not None and await db.get(Audit, audit_id) is not None:
        summary.unchanged += 1
        _compare(summary, found, known)
        return
    parts = _parts(found)
    if problems := _misfits(parts):
        summary.refused += 1
        summary.problems.append(RowProblem(found.row, RowCode.NOT_STORED, "", problems))
        return
    place = known or await new_place(db, found=found)
    _count(summary, found, known, parts)
    place.external_ids = {**place.external_ids, "doskaz": found.key}
    audit = await _store(db, found, place, parts, body, content, now, as_of)
    await _supersede(db, audit)
    await recompute_place(db, place_id=place.id, now=now)
    await db.refresh(place)
    _compare(summary, found, place)


def as_body(found: DoskazObject) -> dict[str, Any]:
    """Give what is kept of an object for ever: answers as given, photos, their scores as a note."""
    return {
        "source": "doskaz",
        "mapping": load_mapping().version,
        "id": found.key,
        "form": found.form.value,
        "name": found.name,
        "other_names": list(found.other_names),
        "description": found.description,
        "address": found.address,
        "category": found.category,
        "point": [found.lon, found.lat],
        "photos": list(found.photos),
        "videos": list(found.videos),
        "answers": {name: dict(sorted(zone.replies.items())) for name, zone in found.zones.items()},
        "comments": {name: zone.comment for name, zone in found.zones.items() if zone.comment},
        "historical_scores": {
            "zones": {
                name: zone.overridden_score
                for name, zone in found.zones.items()
                if zone.overridden_score is not None
            },
            "overall": dict(found.scores),
        },
    }


async def _ensure_account(db: AsyncSession) -> None:
    if await db.get(Account, IMPORT_ACCOUNT_ID) is None:
        db.add(
            Account(
                id=IMPORT_ACCOUNT_ID,
                role=Role.VOLUNTEER,
                state=AccountState.ACTIVE,
                display_name="Doskaz",
            )
        )
        await db.flush()


def _parts(found: DoskazObject) -> list[_Part]:
    """Divide what the zones say into the place, its entrances, its bays and the way to them."""
    parts: list[_Part] = []
    for name, zone in found.zones.items():
        said = translate(form_zone(name), found.form, zone.replies)
        if name.startswith("entrance"):
            parts.append(_Part(name, ElementKind.ENTRANCE, said))
        elif name == "parking":
            parts.append(_Part(name, ElementKind.PARKING, _only(said, of_path=False)))
            parts.append(_Part(f"{name}.way", ElementKind.PATH, _only(said, of_path=True)))
        else:
            parts.append(_Part(name, None, said))
    useful = [part for part in parts if part.kind is None or _says_something(part)]
    return [_place_part(found, useful), *(part for part in useful if part.kind is not None)]


def _only(said: Translation, *, of_path: bool) -> Translation:
    return Translation(
        tuple(c for c in said.claims if c.field.startswith(_PATH_FIELDS) is of_path),
        tuple(f for f in said.flags if f.field.startswith(_PATH_FIELDS) is of_path),
    )


def _says_something(part: _Part) -> bool:
    return any(
        claim.state not in {State.UNKNOWN, State.NOT_APPLICABLE}
        for claim in part.translation.claims
    )


def _place_part(found: DoskazObject, parts: Iterable[_Part]) -> _Part:
    """Bring the zones that speak about the place itself together; the first to know wins."""
    claims: dict[str, Claim] = {}
    flags: list[ClaimFlag] = []
    if found.description:
        about = "place.description"
        claims[about] = Claim(about, State.VALUE, None, found.description)
    for part in parts:
        if part.kind is not None:
            continue
        flags += part.translation.flags
        for claim in part.translation.claims:
            other = claims.get(claim.field)
            if other is None or other.state in {State.UNKNOWN, State.NOT_APPLICABLE}:
                claims[claim.field] = claim
    return _Part("place", None, Translation(tuple(claims.values()), tuple(flags)))


def _misfits(parts: Iterable[_Part]) -> str:
    """Name what the catalogue refuses; the mapping's tests keep this empty."""
    answers = [
        Answer(
            field=claim.field,
            element_id=None if part.kind is None else part.key,
            element_kind=PLACE if part.kind is None else part.kind.value,
            state=claim.state,
            value=claim.value,
            operator=claim.operator,
            precision=claim.precision,
            method=Method.CLAIMED,
        )
        for part in parts
        for claim in part.translation.claims
    ]
    problems = check_answers(load_catalogue(load_mapping().catalogue), answers)
    return ", ".join(f"{item.field} {item.code.value}" for item in problems)


async def _store(
    db: AsyncSession,
    found: DoskazObject,
    place: Place,
    parts: Iterable[_Part],
    body: dict[str, Any],
    content: str,
    now: datetime,
    as_of: datetime,
) -> Audit:
    observed_at = min(found.observed_at or as_of, now)
    placed = [(part, await _ensure_element(db, place, part)) for part in parts]
    audit = Audit(
        id=_stable_id("audit", found.key, content),
        author_id=IMPORT_ACCOUNT_ID,
        place_id=place.id,
        district_id=place.district_id,
        state=AuditState.APPROVED,
        digest=content,
        catalogue_version=load_mapping().catalogue,
        depth=_DEPTHS[found.form],
        started_at=observed_at,
        finished_at=observed_at,
        received_at=now,
        decided_at=now,
        flags=[*_own_flags(found), *(flag for part in placed for flag in _part_flags(*part))],
    )
    db.add(audit)
    await db.flush()
    db.add(AuditVersion(audit_id=audit.id, version=1, digest=content, body=body))
    db.add_all(
        _observation(audit, claim, element_id)
        for part, element_id in placed
        for claim in part.translation.claims
    )
    db.add(
        Decision(
            audit_id=audit.id,
            audit_version=1,
            outcome="approve",
            note="import policy: claims of Doskaz",
            decided_by=IMPORT_ACCOUNT_ID,
            decided_at=now,
        )
    )
    await db.flush()
    await record_event(
        db, kind="audit_imported", subject=audit, actor_id=IMPORT_ACCOUNT_ID, data={"of": "doskaz"}
    )
    await record_change(db, kind=ChangeKind.AUDIT, subject_id=audit.id, account_id=audit.author_id)
    return audit


def _own_flags(found: DoskazObject) -> list[dict[str, Any]]:
    flags = [_flag(FlagCode.IMPORTED_CLAIM, None, ())]
    if find_category(found.category) is None:
        flags.append(_flag(FlagCode.UNKNOWN_CATEGORY, None, (), category=found.category))
    return flags


def _part_flags(part: _Part, element_id: UUID | None) -> list[dict[str, Any]]:
    flags = [
        _flag(flag.code, element_id, (flag.field,), keys=list(flag.keys))
        for flag in part.translation.flags
    ]
    if element_id is not None:
        flags.append(_flag(FlagCode.NEEDS_POSITION, element_id, ()))
    return flags


def _flag(
    code: FlagCode, element_id: UUID | None, fields: Iterable[str], **params: object
) -> dict[str, Any]:
    return {
        "code": code.value,
        "element_id": None if element_id is None else str(element_id),
        "fields": list(fields),
        "params": params,
    }


def _observation(audit: Audit, claim: Claim, element_id: UUID | None) -> Observation:
    return Observation(
        audit_id=audit.id,
        place_id=audit.place_id,
        element_id=element_id,
        field=claim.field,
        state=claim.state,
        operator=(claim.operator or "=") if claim.state is State.VALUE else None,
        value=claim.value,
        precision=claim.precision,
        method=Method.CLAIMED,
        observed_at=audit.finished_at,
    )


async def _ensure_element(db: AsyncSession, place: Place, part: _Part) -> UUID | None:
    """Give the part its element: no position, and never called surveyed."""
    if part.kind is None:
        return None
    element_id = _stable_id("element", str(place.id), part.key)
    if await db.get(Element, element_id) is None:
        db.add(
            Element(
                id=element_id,
                place_id=place.id,
                kind=part.kind,
                state=PlaceState.ACTIVE,
                geom=None,
                position_source="import",
            )
        )
        await db.flush()
    return element_id


async def _supersede(db: AsyncSession, audit: Audit) -> None:
    """Let a changed object replace what it said before."""
    await db.execute(
        update(Audit)
        .where(
            Audit.author_id == IMPORT_ACCOUNT_ID,
            Audit.place_id == audit.place_id,
            Audit.id != audit.id,
            Audit.state == AuditState.APPROVED,
            Audit.id.in_(
                select(AuditVersion.audit_id).where(
                    AuditVersion.body["source"].as_string() == "doskaz"
                )
            ),
        )
        .values(state=AuditState.SUPERSEDED)
    )


def _stable_id(*parts: str) -> UUID:
    """Make the same id from the same words; version 7 in form, as phones require of new parts."""
    value = int.from_bytes(hashlib.sha256("\n".join(("doskaz", *parts)).encode()).digest()[:16])
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0b11 << 62) | 0b10 << 62)


def _count(
    summary: ImportSummary, found: DoskazObject, known: Place | None, parts: Iterable[_Part]
) -> None:
    if known is None:
        summary.new += 1
    elif known.external_ids.get("doskaz") == found.key:
        summary.changed += 1
    else:
        summary.matched += 1
    if find_category(found.category) is None:
        summary.flags[FlagCode.UNKNOWN_CATEGORY.value] += 1
    for part in parts:
        if part.kind is not None:
            summary.flags[FlagCode.NEEDS_POSITION.value] += 1
        for claim in part.translation.claims:
            if claim.state is State.UNKNOWN:
                summary.unknowns += 1
            else:
                summary.claims += 1
        summary.flags.update(flag.code.value for flag in part.translation.flags)


def _compare(summary: ImportSummary, found: DoskazObject, place: Place) -> None:
    theirs = score_object(found)
    for group, profile in COMPARED.items():
        entry = Word.from_code(place.entry_words[profile.position])
        service = Word.from_code(place.service_words[profile.position])
        summary.compared[group, theirs[group], entry, service] += 1
