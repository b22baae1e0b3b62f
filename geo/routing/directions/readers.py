"""Who reads the steps: what about a person decides which remarks and warnings they get."""

from functools import lru_cache

from geo.mobility import CustomLimits, Profile
from geo.routing.costs import limits_in_force
from geo.routing.directions.records import Reader
from geo.routing.encoding import Evidence, pack_evidence
from geo.routing.needs import Needs

WHEELS = frozenset({Profile.MANUAL_WHEELCHAIR, Profile.POWERED_WHEELCHAIR, Profile.PUSHCHAIR})
CAREFUL_ON_SLOPES = WHEELS | {Profile.LIMITED_WALKING}
CAREFUL_AT_KERBS = CAREFUL_ON_SLOPES | {Profile.LOW_VISION}


def make_reader(needs: Needs) -> Reader:
    """Return what the kernels of directions ask about a person; alike people share it."""
    return _make_reader(needs.profile, needs.custom)


@lru_cache(maxsize=512)
def _make_reader(profile: Profile, custom: CustomLimits | None) -> Reader:
    limits = limits_in_force(Needs(profile=profile, custom=custom))
    return Reader(
        blind=int(profile is Profile.LOW_VISION),
        deaf=int(profile is Profile.DEAF),
        chair=int(profile is Profile.MANUAL_WHEELCHAIR),
        careful_on_slopes=int(profile in CAREFUL_ON_SLOPES),
        careful_at_kerbs=int(profile in CAREFUL_AT_KERBS),
        limits=pack_evidence(dict.fromkeys(limits, Evidence.MAPPED)),
    )
