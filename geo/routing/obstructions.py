"""What stands in the way: barriers along a way that this person cannot pass."""

from collections.abc import Sequence

from geo.mobility import Help, Limit
from geo.routing.answer import Obstruction, Segment
from geo.routing.costs import Hindrance
from geo.routing.encoding import Evidence, LimitKind
from geo.routing.needs import Needs

_UNITS = {
    Hindrance.INCLINE: "permille",
    Hindrance.CROSS_SLOPE: "permille",
    Hindrance.WIDTH: "mm",
    Hindrance.PASSAGE: "mm",
    Hindrance.KERB: "mm",
    Hindrance.STEPS: "count",
    Hindrance.SURFACE: "rank",
    Hindrance.SMOOTHNESS: "rank",
}
_LIMIT_NAMES = {
    Hindrance.CROSS_SLOPE: "max_cross_slope_permille",
    Hindrance.WIDTH: "min_width_mm",
    Hindrance.PASSAGE: "min_passage_mm",
    Hindrance.KERB: "max_kerb_mm",
    Hindrance.STEPS: "max_steps",
    Hindrance.SURFACE: "max_surface_rank",
    Hindrance.SMOOTHNESS: "max_smoothness_rank",
}


def list_obstructions(segments: Sequence[Segment], needs: Needs) -> tuple[list[Obstruction], int]:
    """Return what stands in the way in walking order, and the first segment that is closed.

    Neighbouring stretches closed for the same reason are one obstruction, measured at its
    worst. Without any, the second value is the number of segments.
    """
    runs: list[tuple[Hindrance, list[Segment]]] = []
    open_runs: dict[Hindrance, list[Segment]] = {}
    first = len(segments)
    for number, segment in enumerate(segments):
        here = {h: open_runs.get(h) for h in segment.violations}
        open_runs = {}
        for hindrance, run in here.items():
            if run is None:
                run = []  # noqa: PLW2901 - a new run begins
                runs.append((hindrance, run))
            run.append(segment)
            open_runs[hindrance] = run
        if segment.violations:
            first = min(first, number)
    return [_describe(hindrance, run, needs) for hindrance, run in runs], first


def _describe(hindrance: Hindrance, run: list[Segment], needs: Needs) -> Obstruction:
    worst = max(run, key=lambda segment: _badness(hindrance, segment))
    measured = measure(hindrance, worst)
    shape = [place for segment in run for place in segment.shape]
    return Obstruction(
        hindrance=hindrance,
        shape=shape,
        length_mm=sum(segment.length_mm for segment in run),
        measured=measured,
        limit=find_figure(hindrance, worst, needs),
        unit=_UNITS.get(hindrance, ""),
        evidence=_evidence(hindrance, worst),
        name=next((segment.name for segment in run if segment.name), {}),
        edge_ids=tuple(dict.fromkeys(s.edge_id for s in run if s.edge_id)),
        notices=tuple(dict.fromkeys(n for segment in run for n in segment.notices)),
    )


def measure(hindrance: Hindrance, segment: Segment) -> int | None:
    """Return what was measured, in the unit of the hindrance; `None` where nothing was."""
    values = {
        Hindrance.INCLINE: segment.slope_permille,
        Hindrance.CROSS_SLOPE: segment.cross_slope_permille,
        Hindrance.WIDTH: segment.width_mm,
        Hindrance.PASSAGE: segment.passage_mm,
        Hindrance.KERB: segment.kerb_mm,
        Hindrance.STEPS: segment.steps,
        Hindrance.SURFACE: segment.surface,
        Hindrance.SMOOTHNESS: segment.smoothness,
    }
    return values.get(hindrance)


def find_figure(hindrance: Hindrance, segment: Segment, needs: Needs) -> int | None:
    """Return the person's figure that was broken, with the help they have."""
    limits = needs.limits()
    if hindrance is Hindrance.INCLINE:
        up = (segment.slope_permille or 0) >= 0
        limit = limits.max_incline_up_permille if up else limits.max_incline_down_permille
    elif hindrance in _LIMIT_NAMES:
        limit = limits.get(_LIMIT_NAMES[hindrance])
    else:
        return None
    return _figure(limit, needs.help)


def _figure(limit: Limit, help_at_hand: Help | None) -> int | None:
    alone = help_at_hand in {Help.ALONE, Help.STAFF}
    return limit.ok if alone or limit.help is None else limit.help


def _badness(hindrance: Hindrance, segment: Segment) -> int:
    value = measure(hindrance, segment)
    if value is None:
        return 0
    return -value if hindrance in {Hindrance.WIDTH, Hindrance.PASSAGE} else abs(value)


def _evidence(hindrance: Hindrance, segment: Segment) -> Evidence:
    if hindrance <= Hindrance.SMOOTHNESS:
        return segment.evidence[LimitKind(int(hindrance))]
    if hindrance is Hindrance.PASSAGE:
        return Evidence.MAPPED
    return Evidence.AUDITED if segment.notices else Evidence.MAPPED
