"""Words for one person: about a stored place, or about answers that nobody stored."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.bodies import SmallBodyRoute
from api.city_time import on_city_clock
from api.dependencies import AppState, Now, ReadDb
from api.explanations import explain
from api.localised import Language, find_language
from api.parameters import BadParameterError, refuse_repeated
from api.problems import problems
from api.schemas.verdicts import (
    ExplainedAnswers,
    ExplainIn,
    PersonalVerdict,
    PlaceVerdict,
    VerdictQuery,
)
from api.viewing import VisiblePlace
from audits.catalogue import Answer
from audits.errors import AnswersInvalidError
from audits.explaining import Asker, judge_answers, judge_for
from audits.recompute import load_place
from audits.verdicts import Verdict, rules_version
from geo.errors import InvalidGeometryError
from geo.places.kinds import PlaceKind
from geo.places.queries import PlaceNotFoundError

router = APIRouter(tags=["places"], route_class=SmallBodyRoute)


@router.get(
    "/v1/places/{place_id}/verdict",
    dependencies=[Depends(refuse_repeated(VerdictQuery))],
    operation_id="getVerdict",
    summary="The word for one person",
    responses=problems(PlaceNotFoundError, BadParameterError),
)
async def get_verdict(
    place_id: UUID,
    query: Annotated[VerdictQuery, Query()],
    request: Request,
    see: VisiblePlace,
    db: ReadDb,
    state: AppState,
    now: Now,
    response: Response,
) -> PlaceVerdict:
    """Judge a place for one's own limits, help, keys and time, with the reasons in words.

    The published facts are the same for everybody; only the person differs, so nothing is
    stored. A figure of one's own is final: beyond it the word is `no`.
    """
    place = await load_place(db, (await see(place_id)).id)
    asker = Asker(
        profile=query.profile,
        limits=query.as_limits(),
        help_at_hand=query.help,
        keys=frozenset(query.key),
        at=on_city_clock(query.at, state.settings.time_zone),
    )
    language = query.lang or find_language(request)
    # Limits say something about a person's body: no shared cache may keep the answer.
    response.headers["Cache-Control"] = "private, no-store"
    return PlaceVerdict(
        place_id=place.id,
        rules_version=rules_version(),
        at=asker.at,
        verdicts=[
            _show(verdict, place.kind, language) for verdict in judge_for(place, asker, now=now)
        ],
    )


@router.post(
    "/v1/verdicts/explain",
    operation_id="explainVerdict",
    summary="Judge answers without storing",
    responses=problems(AnswersInvalidError, PlaceNotFoundError, InvalidGeometryError),
)
async def explain_answers(
    body: ExplainIn, see: VisiblePlace, db: ReadDb, state: AppState, now: Now, language: Language
) -> ExplainedAnswers:
    """Say which words would follow from these answers, and which clauses they meet.

    For the live hint of a form, and for other systems that measure. Nothing is kept.
    """
    parent = None
    if body.building_id:
        parent = await load_place(db, (await see(body.building_id)).id)

    def list_answers(kind_of: Callable[[UUID | None], str]) -> list[Answer]:
        return [item.as_answer(kind_of(item.element_id)) for item in body.observations]

    judged = judge_answers(
        catalogue_version=body.catalogue_version,
        kind=body.kind,
        elements=[element.as_element() for element in body.elements],
        list_answers=list_answers,
        asker=Asker(
            profile=body.profile,
            limits=body.limits.as_limits() if body.limits else None,
            help_at_hand=body.help,
            keys=frozenset(body.keys),
            at=on_city_clock(body.at, state.settings.time_zone),
        ),
        now=now,
        parent=parent,
    )
    return ExplainedAnswers(
        catalogue_version=body.catalogue_version,
        rules_version=rules_version(),
        verdicts=[_show(verdict, body.kind, language) for verdict in judged.verdicts],
        badges=list(judged.badges),
        norms=list(judged.norms),
    )


def _show(verdict: Verdict, kind: PlaceKind, language: str) -> PersonalVerdict:
    shown = verdict.as_json()
    shown["explanation"] = explain(verdict, kind, language)
    return PersonalVerdict.model_validate(shown)
