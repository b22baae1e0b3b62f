"""What the form of a route offers beside its two ends, in plain words.

Names and values are those of `/v1/routes`, so that the address of the page asks the same as the
address of the answer. `_` only marks a message for extraction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from geo.mobility import Help
from geo.routing.needs import Preference, Unknown


def _(message: str) -> str:
    return message


HELP = {
    "": _("Does not matter"),
    Help.ALONE.value: _("Nobody, I go alone"),
    Help.STAFF.value: _("Staff may help me"),
    Help.COMPANION.value: _("Somebody comes along"),
}
PREFER = {
    Preference.FLATTER.value: _("Flatter ways"),
    Preference.SURVEYED.value: _("Ways that somebody surveyed"),
    Preference.SIGNALLED.value: _("Crossings with traffic lights"),
}
LIFT_CLOSED = _("The lift is closed at this time")
SURE = {
    "surveyed_entrance": _("Somebody surveyed this entrance"),
    "mapped_entrance": _("The map shows this entrance; nobody surveyed it"),
    "building_side": _("Nobody knows the entrance; the way ends at a side of the building"),
    "centroid": _("Nobody knows the entrance; the way ends near the middle"),
    "stop": _("The map shows this stop"),
}
HELPED = ("remark.help", "remark.door.help", "open.")
"""Keys of remarks about help begin so."""
PROBLEMS = {
    "ambiguous-address": _("Several places fit this address. Which one do you mean?"),
    "address-not-found": _("No place with this address or name is known."),
    "place-not-found": _("There is no such place any more."),
    "same-place": _("The start and the end are the same place."),
    "swapped-coordinates": _("Longitude comes first; the two numbers seem to be swapped."),
    "outside-network": _("The start or the end is too far from any street we know."),
    "route-too-far": _("The way is too long to walk."),
    "route-too-slow": _("The way could not be found in time; try a nearer target."),
    "overloaded": _("The service is busy; please try again in a moment"),
    "router-not-ready": _("The service is busy; please try again in a moment"),
}
"""What is wrong with a question, by the code of the problem."""
UNKNOWN = {
    "": _("Prefer what is known"),
    Unknown.ALLOW.value: _("Does not matter"),
    Unknown.FORBID.value: _("Never"),
}
SURFACES = {
    "": _("As for my profile"),
    "smooth": _("Smooth only"),
    "uneven": _("Paving stones too"),
    "compacted": _("Compacted gravel too"),
    "loose": _("Loose ground too"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One limit of one's own, offered as a short list of values."""

    name: str
    label: str
    unit: str
    values: Sequence[int]


FIGURES = (
    Figure("max_incline_up_permille", _("Steepest way up"), "permille", (20, 30, 50, 60, 80, 120)),
    Figure(
        "max_incline_down_permille", _("Steepest way down"), "permille", (20, 30, 50, 60, 80, 120)
    ),
    Figure("min_width_mm", _("Narrowest way"), "mm", (700, 800, 900, 1000, 1200, 1500)),
    Figure("max_kerb_mm", _("Highest kerb"), "mm", (0, 15, 30, 50, 70, 100, 150)),
    Figure("max_steps", _("Most steps at a time"), "count", (0, 1, 3, 5, 10)),
)

_SINGLE = (
    "help",
    "at",
    "unknown",
    "alternatives",
    "check_return",
    "worst_surface",
    "worst_smoothness",
    "max_cross_slope_permille",
    "max_ramp_slope_permille",
    "min_door_width_mm",
    "max_step_mm",
    *(figure.name for figure in FIGURES),
)
_MANY = ("prefer", "key", "via", "avoid")
_MOST_TEXT = 4_000
OFFERED = frozenset({"help", "unknown", "alternatives", "check_return", "worst_surface", "at"}) | {
    figure.name for figure in FIGURES
}
"""What the form itself shows; anything else in the address stays in it unseen."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader chose, by name of the parameter."""

    single: Mapping[str, str]
    many: Mapping[str, Sequence[str]]

    def get(self, name: str) -> str:
        """Give the chosen value, empty when there is none."""
        return self.single.get(name, "")

    def has(self, name: str, value: str) -> bool:
        """Tell whether a box is ticked."""
        return value in self.many.get(name, ())

    @property
    def is_special(self) -> bool:
        """Whether anything behind "more" was chosen."""
        return bool(self.single.keys() - {"help", "alternatives", "check_return"})

    @property
    def unseen(self) -> list[tuple[str, str]]:
        """What the form does not show but keeps."""
        pairs = [(name, value) for name, value in self.single.items() if name not in OFFERED]
        shown = {"prefer": set(PREFER), "key": {"lift"}}
        pairs += [
            (name, value)
            for name, values in self.many.items()
            for value in values
            if value not in shown.get(name, set())
        ]
        return pairs

    def with_stop(self, number: int, end: str) -> "Chosen":
        """Give the same with another stop in the place of one; 0 is the first."""
        stops = [end if n == number else stop for n, stop in enumerate(self.many.get("via", ()))]
        return Chosen(self.single, {**self.many, "via": stops})

    def without_stop(self, number: int) -> "Chosen":
        """Give the same without one stop; 0 is the first."""
        stops = [stop for n, stop in enumerate(self.many.get("via", ())) if n != number]
        return Chosen(self.single, {**self.many, "via": stops})

    def pairs(self) -> list[tuple[str, str]]:
        """Give everything as it stands in an address."""
        return [
            *self.single.items(),
            *((name, value) for name, values in self.many.items() for value in values),
        ]


def read_options(query: Sequence[tuple[str, str]], time_zone: str) -> Chosen:
    """Read what was chosen from the address; empty choices are no choices.

    A time without a zone, as a form sends it, is read on the city's clock.
    """
    single: dict[str, str] = {}
    many: dict[str, list[str]] = {}
    for name, raw in query:
        value = raw.strip()[:_MOST_TEXT]
        if not value or "\x00" in value:
            continue
        if name == "unknown" and ":" in value:
            many.setdefault(name, []).append(value)  # of one limit; the form shows only the rest
        elif name in _SINGLE:
            single[name] = _with_zone(value, time_zone) if name == "at" else value
        elif name in _MANY:
            many.setdefault(name, []).append(value)
    return Chosen(single, many)


def _with_zone(text: str, time_zone: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone))
    return moment.isoformat()
