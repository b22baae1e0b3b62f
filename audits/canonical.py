"""The canonical form of a body and its digest, so that the same content has the same name (pure).

Follows the idea of RFC 8785: sorted members, no spaces, plain UTF-8. Bodies hold no fractional
numbers except coordinates, which arrive rounded, so number formatting cannot differ.
"""

import hashlib
import json
from typing import Any


def canonical_json(body: dict[str, Any]) -> str:
    """Write a body in one fixed way, whatever order or spacing it came in."""
    return json.dumps(
        body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def digest(body: dict[str, Any]) -> str:
    """Give the SHA-256 of the canonical form, hex."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()
