"""Who asks, when and with what: the circumstances of one judgement."""

from dataclasses import dataclass
from datetime import datetime

from audits.observations import Fact
from audits.verdicts.rules import RuleSet
from geo.mobility import HelpKind, Limits, Profile
from geo.mobility.hours import open_at


@dataclass(frozen=True, slots=True)
class Case:
    """The circumstances of one judgement."""

    profile: Profile
    limits: Limits
    accepted: frozenset[HelpKind]
    """Kinds of help that the person can count on."""
    keys: frozenset[str]
    """Keys and cards held: names of issuers, element ids, or `any`."""
    moment: datetime
    """When the facts must still hold: the time of the visit, or now."""
    visit_at: datetime | None
    """Local time of the visit for opening hours; `None`: hours are not looked at."""
    entry: RuleSet
    service: RuleSet

    def help_works(self, kinds: tuple[HelpKind, ...]) -> bool:
        """Whether any of these kinds of help is at hand; no kind named means one's own effort."""
        return not kinds or any(kind in self.accepted for kind in kinds)

    def holds_key(self, *names: object) -> bool:
        """Whether the person holds one of these keys."""
        return "any" in self.keys or any(str(name) in self.keys for name in names if name)

    def closed(self, hours: Fact | None) -> bool:
        """Whether something is surely closed at the time of the visit."""
        if self.visit_at is None or hours is None or not isinstance(hours.value, str):
            return False
        return open_at(hours.value, self.visit_at) is False
