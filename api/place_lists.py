"""From a question about places to a page of them: the filter, own limits, the next address."""

from datetime import datetime
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.city_time import on_city_clock
from api.coordinates import read_box, read_point
from api.places import summarise
from api.schemas.places import Judged, ListedPlace, OwnWord, PlacePage, PlacesQuery
from audits.choosing import list_places_for
from audits.explaining import Asker
from audits.observations import Confidence
from audits.verdicts import Verdict
from geo.errors import DomainError, ErrorKind
from geo.mobility.profiles import Profile
from geo.places.areas import read_polygon
from geo.places.features import FeatureSource, read_wanted
from geo.places.search import FoundPlace, PlaceFilter, list_places


class IncompleteQuestionError(DomainError):
    """A filter was given without what it is about; `missing` says what would complete it."""

    code = "incomplete-question"
    title = "One of these filters says nothing without another"
    kind = ErrorKind.INVALID


def read_filter(asked: PlacesQuery) -> PlaceFilter:
    """Give the filter that a question means.

    Raises IncompleteQuestionError, InvalidCoordinatesError, InvalidPolygonError and
    UnknownFeatureError.
    """
    _check_complete(asked)
    return PlaceFilter(
        box=read_box(asked.bbox) if asked.bbox else None,
        near=read_point(asked.near) if asked.near else None,
        area=read_polygon(asked.polygon) if asked.polygon else None,
        kinds=tuple(asked.kind),
        categories=tuple(asked.category),
        sectors=tuple(asked.sector),
        profile=asked.profile,
        words=tuple(asked.word),
        scope=asked.scope.value,
        features=tuple(read_wanted(text) for text in asked.feature),
        audited_only=asked.evidence is FeatureSource.AUDITED,
        least_confidence=asked.confidence.rank,
        limit=asked.limit,
    )


def _check_complete(asked: PlacesQuery) -> None:
    if asked.is_personal:
        if asked.near is None:
            raise IncompleteQuestionError(given="limits, help, key, at", missing=["near"])
        return
    if asked.word and asked.profile is None:
        raise IncompleteQuestionError(given="word", missing=["profile"])
    if asked.confidence is not Confidence.LOW and not asked.profile and not asked.feature:
        raise IncompleteQuestionError(given="confidence", missing=["profile", "feature"])


async def read_page(
    db: AsyncSession, asked: PlacesQuery, *, request: Request, time_zone: str, now: datetime
) -> PlacePage:
    """Give a page; with limits, help, keys or a time judged for the one who asks."""
    wanted = read_filter(asked)
    if not asked.is_personal:
        page = await list_places(db, wanted, cursor=asked.cursor)
        return PlacePage(
            items=[_show(found, now) for found in page.items],
            next=_write_next(request, page.cursor),
        )
    judged = await list_places_for(
        db,
        wanted,
        asker=Asker(
            limits=asked.as_limits(),
            help_at_hand=asked.help,
            keys=frozenset(asked.key),
            at=on_city_clock(asked.at, time_zone),
        ),
        profile=asked.profile or Profile.MANUAL_WHEELCHAIR,
        now=now,
        cursor=asked.cursor,
    )
    return PlacePage(
        items=[_show(found, now, verdict) for found, verdict in judged.items],
        judged=Judged(candidates=judged.candidates, more=judged.cursor is not None),
        next=_write_next(request, judged.cursor),
    )


def _show(found: FoundPlace, now: datetime, verdict: Verdict | None = None) -> ListedPlace:
    summary = summarise(found.place, distance_m=found.distance_m, now=now)
    own = None
    if verdict is not None:
        shown = verdict.as_json()
        own = OwnWord.model_validate({name: shown[name] for name in OwnWord.model_fields})
    # Checked just now: five hundred of them are not checked again.
    return ListedPlace.model_construct(**dict(summary), own=own)


def _write_next(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    return f"{request.url.path}?{urlencode([*query, ('cursor', cursor)])}"
