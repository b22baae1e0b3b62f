"""Compare what was promised with what is there: tables, objects of the store, answers over HTTP.

Everything here reads only, apart from the reconciler's own repair of objects that nobody names.
Every finding is a sentence; an empty list means that every promise was kept.
"""

import asyncio
import hashlib
from collections.abc import Collection, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx2
import psycopg
from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import create_async_engine

from audits.photos.reconciler import Differences, reconcile
from audits.photos.stores import ObjectMissingError, S3Store
from geo.db.session import session_factory
from tests.support import postgres
from tests.support.horizon import await_older_writers
from tests.support.ledger import Ledger
from tests.support.reference import load_reference_client
from tests.support.station import Station
from tests.support.volunteers import Volunteer

client = load_reference_client()
Row = dict[str, Any]
Result = TypeVar("Result")
_NEWEST = """
WITH newest AS (
  SELECT DISTINCT ON (audit_id) * FROM audit_versions ORDER BY audit_id, version DESC)
"""
_HALVES = {
    "an audit waits for photos though none is missing": """
        SELECT id FROM audits a WHERE state = 'incomplete' AND NOT EXISTS (
          SELECT FROM photos p WHERE p.audit_id = a.id AND p.state = 'expected')""",
    "an audit is submitted though a photo is missing": """
        SELECT id FROM audits a WHERE state <> 'incomplete' AND EXISTS (
          SELECT FROM photos p WHERE p.audit_id = a.id AND p.state = 'expected')""",
    "an audit differs from its newest content": """
        SELECT a.id FROM audits a LEFT JOIN newest v ON v.audit_id = a.id
        WHERE v.digest IS DISTINCT FROM a.digest OR v.version > a.version""",
    "versions of an audit have gaps": """
        SELECT audit_id FROM audit_versions
        GROUP BY audit_id HAVING count(*) <> max(version) OR min(version) <> 1""",
    "an audit has other answers than its content": """
        SELECT a.id FROM audits a JOIN newest v ON v.audit_id = a.id
        WHERE jsonb_array_length(v.body -> 'observations')
           <> (SELECT count(*) FROM observations o WHERE o.audit_id = a.id)""",
    "an audit has other photos than its manifest": """
        SELECT a.id FROM audits a JOIN newest v ON v.audit_id = a.id
        WHERE ARRAY(SELECT p.id::text FROM photos p WHERE p.audit_id = a.id ORDER BY 1)
           <> ARRAY(SELECT m ->> 'id' FROM jsonb_array_elements(v.body -> 'photos') m
                    ORDER BY 1)""",
    "an answer is about a part that is not there": """
        SELECT o.id FROM observations o LEFT JOIN elements e ON e.id = o.element_id
        WHERE o.element_id IS NOT NULL AND e.id IS NULL""",
    "an audit is not in the change log": """
        SELECT id FROM audits a WHERE NOT EXISTS (
          SELECT FROM changes c WHERE c.kind = 'audit' AND c.subject_id = a.id::text)""",
    "the history tells of an audit not exactly once": """
        SELECT a.id FROM audits a JOIN newest v ON v.audit_id = a.id
        LEFT JOIN events e ON e.subject_id = a.id::text
        GROUP BY a.id, v.version HAVING count(*) FILTER (WHERE e.kind = 'audit_submitted') <> 1
          OR count(*) FILTER (WHERE e.kind = 'audit_revised') <> v.version - 1
          OR count(*) FILTER (WHERE e.kind = 'audit_approved') <> (a.state = 'approved')::int""",
    "the history tells of a photo not exactly once": """
        SELECT p.id FROM photos p LEFT JOIN events e ON e.subject_id = p.id::text
        GROUP BY p.id
        HAVING count(*) FILTER (WHERE e.kind = 'photo_received') <> (p.state <> 'expected')::int
          OR count(*) FILTER (WHERE e.kind = 'photo_processed') <> (p.state = 'ready')::int""",
    "a ready photo has no pictures, or its bytes still lie in the database": """
        SELECT p.id FROM photos p WHERE p.state = 'ready' AND (
          p.derivatives = '{}' OR p.original_key IS NULL OR EXISTS (
            SELECT FROM uploads u JOIN upload_chunks c ON c.upload_id = u.id
            WHERE u.photo_id = p.id))""",
    "a fact rests on an answer that nobody approved": """
        SELECT f.id FROM facts f WHERE f.evidence = '{}' OR EXISTS (
          SELECT FROM unnest(f.evidence) AS e (id)
          LEFT JOIN observations o ON o.id = e.id LEFT JOIN audits a ON a.id = o.audit_id
          WHERE a.state IS DISTINCT FROM 'approved' OR NOT EXISTS (
            SELECT FROM decisions d WHERE d.audit_id = a.id AND d.outcome = 'approve'))""",
    "an approved audit has not exactly one decision, or left no fact": """
        SELECT a.id FROM audits a WHERE a.state = 'approved' AND (
          1 <> (SELECT count(*) FROM decisions d
                WHERE d.audit_id = a.id AND d.observation_id IS NULL)
          OR NOT EXISTS (SELECT FROM facts f JOIN observations o ON o.id = ANY (f.evidence)
                         WHERE o.audit_id = a.id))""",
    "a decision did not approve its audit": """
        SELECT d.id FROM decisions d JOIN audits a ON a.id = d.audit_id
        WHERE a.state <> 'approved'""",
    "a barrier is not exactly once in the history": """
        SELECT b.id FROM barriers b LEFT JOIN events e ON e.subject_id = b.id::text
        GROUP BY b.id HAVING count(e.id) <> 1""",
    "the map counts other places than there are": """
        SELECT zoom::text FROM generate_series(0, 13) AS zoom
        WHERE (
          SELECT ROW(count(*), coalesce(sum(listed.entry_words[1]), 0)) FROM (
            SELECT entry_words FROM places WHERE state = 'active' AND (kind <> 'building'
              OR name <> '{}' OR entry_words <> '{0,0,0,0,0,0}')) AS listed
        ) <> (
          SELECT ROW(sum(n)::bigint, sum(codes)::bigint) FROM (
            SELECT 0 AS n, 0 AS codes
            UNION ALL
            SELECT total, coalesce(manual_wheelchair_no, 0)
              + 2 * coalesce(manual_wheelchair_with_help, 0)
              + 3 * coalesce(manual_wheelchair_yes, 0)
            FROM place_clusters c WHERE c.zoom = zoom.zoom AND category = ''
            UNION ALL
            SELECT n, n * words[1] FROM place_cluster_deltas) AS counted)""",
    "a job failed for good": """
        SELECT id::text || ' ' || task_name FROM procrastinate_jobs WHERE status = 'failed'""",
}
_UNSETTLED = {
    "a photo that arrived is not ready": """
        SELECT id FROM photos WHERE state NOT IN ('ready', 'expected')""",
    # What the clock began a moment ago is no leftover of the work that was waited for.
    "a job is unfinished": """
        SELECT id::text || ' ' || task_name FROM procrastinate_jobs j
        WHERE status IN ('todo', 'doing') AND NOT EXISTS (
          SELECT FROM procrastinate_periodic_defers d WHERE d.job_id = j.id)""",
}
_PHOTOS = "SELECT id, audit_id, sha256, state, original_key, derivatives FROM photos"


@dataclass
class Findings:
    """What is not as promised, and what there was to look at."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    object_count: int = 0
    """Objects that were read and whose digest was right."""
    leftover_count: int = 0
    """Objects that no row named, removed by the reconciler: remains of killed jobs."""

    @property
    def all(self) -> list[str]:
        """Give every finding."""
        return [*self.lost, *self.doubled, *self.half]


def inspect(
    station: Station,
    ledger: Ledger,
    volunteers: Collection[Volunteer],
    *,
    photos: Collection[UUID] | None = None,
    settled: bool = True,
) -> Findings:
    """Look at everything; objects of the store only of `photos`, or of all.

    With `settled=False` work may be under way: unfinished jobs are no finding then, and the
    store, which may be down, is not asked.
    """
    found = Findings()
    with psycopg.connect(station.libpq_url, row_factory=dict_row) as db:
        rows = {row["id"]: row for row in db.execute(_PHOTOS)}
        found.lost += _find_lost(db, ledger, rows)
        found.doubled += _find_doubled(db, ledger)
        for what, query in {**_HALVES, **(_UNSETTLED if settled else {})}.items():
            cases = [str(next(iter(row.values()))) for row in db.execute(_NEWEST + query)]
            found.half += [f"{what}: {', '.join(cases[:5])}"] if cases else []
    if settled:
        wanted = rows.keys() if photos is None else [key for key in photos if key in rows]
        _read_objects(station.open_store(), [rows[key] for key in wanted], found)
        _reconcile(station, found)
    if volunteers:  # whose copies follow a feed that stops behind a writer, say the worker
        run_apart(await_older_writers(station.libpq_url))
    for volunteer in volunteers:
        found.half += _ask_outside(volunteer, ledger, settled=settled)
    found.half += ledger.surprises
    return found


def _find_lost(db: psycopg.Connection[Row], ledger: Ledger, photos: dict[UUID, Row]) -> list[str]:
    stored = {
        (row["audit_id"], row["version"]): row
        for row in db.execute("SELECT audit_id, version, digest, body FROM audit_versions")
    }
    lost = []
    for audit_id, versions in ledger.versions.items():
        for version, sha256 in versions.items():
            row = stored.get((audit_id, version))
            # Of the content that is stored, computed by the phone's own code.
            if row is None or client.digest(row["body"]) != sha256:
                lost.append(f"audit {audit_id} version {version}")
    for photo_id, promise in ledger.photos.items():
        row = photos.get(photo_id)
        if row is None or (row["audit_id"], row["sha256"]) != (promise.audit_id, promise.sha256):
            lost.append(f"photo {photo_id}")
        elif row["state"] == "expected":
            lost.append(f"bytes of photo {photo_id}")
    barriers = {row["id"] for row in db.execute("SELECT id FROM barriers")}
    lost += [f"barrier {key}" for key in ledger.barriers - barriers]
    approved = {row["id"] for row in db.execute("SELECT id FROM audits WHERE state = 'approved'")}
    lost += [f"approval of {key}" for key in ledger.approved - approved]
    return lost


def _find_doubled(db: psycopg.Connection[Row], ledger: Ledger) -> list[str]:
    """Find rows that nobody sent: everything that was sent has an id of its own."""
    known = {
        "audits": ledger.sent_audits.keys(),
        "photos": ledger.sent_photos.keys(),
        "barriers": ledger.sent_barriers,
    }
    doubled = []
    for table, sent in known.items():
        ids = [row["id"] for row in db.execute(f"SELECT id FROM {table}")]  # noqa: S608 - our own names
        doubled += [f"{table}: {key}" for key in ids if key not in sent]
    rows = db.execute(
        "SELECT audit_id, count(*) AS count, count(DISTINCT digest) AS contents"
        " FROM audit_versions GROUP BY audit_id"
    )
    for row in rows:
        promised = len(ledger.versions.get(row["audit_id"], {}))
        if row["count"] != row["contents"] or row["count"] > max(promised, 1):
            doubled.append(f"versions of {row['audit_id']}")
    return doubled


def _read_objects(store: S3Store, photos: list[Row], found: Findings) -> None:
    """Read what rows name; a digest stands in the row or in the name of the object."""

    def check(row: Row) -> list[str]:
        return list(_find_bad_objects(store, row))

    with ThreadPoolExecutor(4) as pool:
        for row, bad in zip(photos, pool.map(check, photos), strict=True):
            found.lost += bad
            found.object_count += 0 if bad else 1 + len(row["derivatives"])


def _find_bad_objects(store: S3Store, row: Row) -> Iterator[str]:
    if row["state"] != "ready":
        return
    keys = [each["key"] for each in row["derivatives"].values()]
    named = [(key, key.rpartition("-")[2].partition(".")[0]) for key in keys]
    named.append((row["original_key"], row["sha256"]))
    for key, digest in named:
        try:
            content = store.get(key)
        except ObjectMissingError:
            yield f"object {key}"
            continue
        if not hashlib.sha256(content).hexdigest().startswith(digest):
            yield f"bytes of object {key}"


def _reconcile(station: Station, found: Findings) -> None:
    """Let the reconciler look and remove remains; afterwards it must find nothing."""
    first = _run_reconciler(station, repair=False)
    found.lost += [f"original of {key}" for key in first.missing_originals]
    found.lost += [f"pictures of {key}" for key in first.missing_pictures]
    if first.is_empty or found.all:
        return  # where rows are wrong, what they do not name may be what somebody needs
    found.leftover_count = len(first.unnamed_keys)
    _run_reconciler(station, repair=True)
    second = _run_reconciler(station, repair=False)
    found.half += [f"the reconciler still finds {line}" for line in second.unnamed_keys]


def _run_reconciler(station: Station, *, repair: bool) -> Differences:
    async def run() -> Differences:
        engine = create_async_engine(postgres.as_sqlalchemy(station.libpq_url))
        try:
            return await reconcile(
                session_factory(engine),
                station.open_store(),
                now=datetime.now(UTC),
                # Nothing is under way any more, so nothing is too young to be looked at.
                grace=timedelta(seconds=-5),
                repair=repair,
            )
        finally:
            await engine.dispose()

    return run_apart(run())


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a loop of its own thread, as pytest has one for this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _ask_outside(volunteer: Volunteer, ledger: Ledger, *, settled: bool) -> Iterator[str]:
    """Ask as the volunteer: list, status, and a copy that follows the change log."""
    mine = {str(k) for k, owner in ledger.sent_audits.items() if owner == volunteer.number}
    promised = {key for key in mine if UUID(key) in ledger.versions}
    volunteer.sync_at_last()
    copy = volunteer.phone.read_copy("audit")
    if not promised <= copy.keys() <= mine:
        yield f"the copy of volunteer {volunteer.number} has other audits"
    for audit_id in promised & copy.keys():
        newest = max(ledger.versions[UUID(audit_id)].items())[1]
        if copy[audit_id]["digest"] != newest:
            yield f"sync does not show the newest version of {audit_id}"
        states = {each["state"] for each in copy[audit_id]["photos"]}
        if states - ({"ready"} if settled else {"ready", "received"}):
            yield f"sync shows photos of {audit_id} as they were"
    listed = _list_all(volunteer)
    if len(listed) != len(set(listed)) or not promised <= set(listed) <= mine:
        yield f"the list of volunteer {volunteer.number} has other audits, or one twice"


def _list_all(volunteer: Volunteer) -> list[str]:
    path: str | None = "/v1/audits?limit=200"
    listed: list[str] = []
    while path:
        answer: httpx2.Response = volunteer.phone._send("GET", path)
        if answer.status_code == 503:
            volunteer.sync_at_last()  # until it serves again
            continue
        page = answer.raise_for_status().json()
        listed += [item["id"] for item in page["items"]]
        path = page["next"]
    return listed
