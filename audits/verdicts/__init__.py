"""Can I use it? The word for a place per profile and scope, with the reasons for it.

Owns the requirements of each profile (`rules/*.toml`), how they are put together, and how a
verdict explains itself. Owns no database and no clock. Whether a place meets the norm is the
other answer, in `audits.norms`. See docs/accessibility-model.md.
"""

from audits.verdicts.badges import badges_of, list_badges
from audits.verdicts.explain import GivenElement, place_of_answers
from audits.verdicts.features import FoundFeature, list_features
from audits.verdicts.judge import judge, judge_all, judge_entrances
from audits.verdicts.model import (
    Advice,
    ElementFacts,
    EntranceVerdict,
    Missing,
    PlaceFacts,
    Reason,
    Scope,
    Verdict,
)
from audits.verdicts.official import (
    AdaptationStatus,
    OfficialCategory,
    StatusPolicy,
    adaptation_status,
    category_words,
)
from audits.verdicts.texts import find_text, texts
from audits.verdicts.version import rules_version

__all__ = [
    "AdaptationStatus",
    "Advice",
    "ElementFacts",
    "EntranceVerdict",
    "FoundFeature",
    "GivenElement",
    "Missing",
    "OfficialCategory",
    "PlaceFacts",
    "Reason",
    "Scope",
    "StatusPolicy",
    "Verdict",
    "adaptation_status",
    "badges_of",
    "category_words",
    "find_text",
    "judge",
    "judge_all",
    "judge_entrances",
    "list_badges",
    "list_features",
    "place_of_answers",
    "rules_version",
    "texts",
]
