"""A process of its own that warms a router up and says what its first requests compiled.

Run as `python -m tests.support.first_route CONNINFO DATA_DIR LON LAT LON LAT`.
"""

import asyncio
import sys
from collections import Counter
from pathlib import Path

from geo.mobility import Profile
from geo.routing import kernels
from geo.routing.answer import Route, RouteRequest, Target
from geo.routing.geojson import dump_geojson
from geo.routing.needs import Needs
from geo.routing.service import open_router
from geo.routing.texts import LANGUAGES
from tests.support.machine import LOCAL, PATIENCE_S


def _count() -> Counter[str]:
    return Counter({f"{k.__module__}.{k.__name__}": len(k.signatures) for k in kernels._kernels})


def main(conninfo: str, data_dir: str, *spots: str) -> None:
    """Print one line for every kernel that a first way compiled, and `ways N` at the end."""
    router = asyncio.run(open_router(conninfo, Path(data_dir), LOCAL / "kernels"))
    router.warm_up()
    before = _count()
    lon, lat, to_lon, to_lat = map(float, spots)
    start, end = Target(lon=lon, lat=lat), Target(lon=to_lon, lat=to_lat)
    ways = 0
    for profile in (Profile.MANUAL_WHEELCHAIR, Profile.LOW_VISION):
        asked = RouteRequest(
            origins=[start], targets=[end], needs=Needs(profile=profile), deadline_s=PATIENCE_S
        )
        answer = router.plan_route(asked)
        if isinstance(answer, Route):
            ways += all(dump_geojson(answer, language) for language in LANGUAGES)
    lines = [*sorted(_count() - before), f"ways {ways}"]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
