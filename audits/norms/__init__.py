"""Does it meet the norm? Every applicable clause, answered for what was measured.

Owns the norms as versioned data (`kz.toml`) and how a measurement is held against a clause. Not
whether a person can use the place: that is `audits.verdicts`, and the two answers are never
mixed. Invariant: each answer cites its clause and the mark of its source; where two sources in
force disagree both answer.
"""

from audits.norms.check import NormAnswer, NormResult, check_norms, find_conflicts
from audits.norms.load import Norm, Relief, find_clause, list_norms, norms_version

__all__ = [
    "Norm",
    "NormAnswer",
    "NormResult",
    "Relief",
    "check_norms",
    "find_clause",
    "find_conflicts",
    "list_norms",
    "norms_version",
]
