"""The questions of an audit as versioned data, and whether answers fit them.

Owns the TOML of every version (fields by zone, choices, texts in Kazakh, Russian and English).
Owns no rule about what is accessible: that is `audits.norms` and `audits.verdicts`. Invariant:
a published version never changes its meaning, so an old audit stays readable.
"""

from audits.catalogue.check import Answer, Problem, ProblemCode, check_answers, check_observation
from audits.catalogue.load import LANGUAGES, VERSIONS, find_catalogue, latest, load_catalogue
from audits.catalogue.model import PLACE, Catalogue, Depth, Field, FieldType, applies
from audits.catalogue.publish import as_json

__all__ = [
    "LANGUAGES",
    "PLACE",
    "VERSIONS",
    "Answer",
    "Catalogue",
    "Depth",
    "Field",
    "FieldType",
    "Problem",
    "ProblemCode",
    "applies",
    "as_json",
    "check_answers",
    "check_observation",
    "find_catalogue",
    "latest",
    "load_catalogue",
]
