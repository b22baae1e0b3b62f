"""UUID version 7: time-ordered ids that a phone may make offline (RFC 9562 §5.7)."""

import os
import time
from uuid import UUID

_VERSION = 7


def uuid7() -> UUID:
    """Make a UUIDv7 from the wall clock in milliseconds and 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | _VERSION << 76
    return UUID(int=value & ~(0b11 << 62) | 0b10 << 62)


def is_uuid7(value: UUID) -> bool:
    """Tell whether an id that a client made is a version 7 UUID of the RFC's variant."""
    return value.version == _VERSION
