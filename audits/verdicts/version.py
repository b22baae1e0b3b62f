"""One name for everything a verdict follows from, so that a change asks for new verdicts."""

import hashlib
import json
from functools import cache

from audits.catalogue import latest
from audits.norms import norms_version
from audits.verdicts.features import FEATURES_VERSION
from audits.verdicts.rules import rule_documents
from geo.mobility.limits import limits_as_json, limits_version


@cache
def rules_version() -> str:
    """Return catalogue version, limits version and a short digest of all rules.

    Equal rules have equal names; any edit of a rule, a limit or a question changes the name,
    and so does a new version of the norms, whose clauses the reasons cite, and of the features.
    """
    content = json.dumps(
        [
            rule_documents(),
            limits_as_json(),
            latest().content_hash,
            norms_version(),
            FEATURES_VERSION,
        ],
        sort_keys=True,
        ensure_ascii=False,
    )
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"c{latest().version}-l{limits_version()}-{digest}"
