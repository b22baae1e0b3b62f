"""The four words and the kinds of help.

Invariant: `no` < `unknown` < `with_help` < `yes`. One proven barrier beats any number of
unknowns, and unknown is never taken for accessible.
"""

from collections.abc import Iterable
from enum import StrEnum


class Word(StrEnum):
    """The answer to "can I use it?"."""

    NO = "no"
    UNKNOWN = "unknown"
    WITH_HELP = "with_help"
    YES = "yes"

    @property
    def rank(self) -> int:
        """Place in the order no 0, unknown 1, with_help 2, yes 3."""
        return _RANK[self]

    @property
    def code(self) -> int:
        """Stored number: 0 unknown, 1 no, 2 with_help, 3 yes; an empty column means unknown."""
        return _CODE[self]

    @property
    def usable(self) -> bool:
        """Whether a person may be sent this way: `yes` and `with_help` only."""
        return self in _USABLE

    @classmethod
    def from_code(cls, code: int) -> "Word":
        """Return the word stored as `code`; raises `KeyError` for any other number."""
        return _BY_CODE[code]


_RANK = {Word.NO: 0, Word.UNKNOWN: 1, Word.WITH_HELP: 2, Word.YES: 3}
_CODE = {Word.UNKNOWN: 0, Word.NO: 1, Word.WITH_HELP: 2, Word.YES: 3}
_BY_CODE = {code: word for word, code in _CODE.items()}
_USABLE = frozenset({Word.WITH_HELP, Word.YES})


class HelpKind(StrEnum):
    """What sort of help a `with_help` stands for."""

    STAFF = "staff"
    """Somebody of the place: brings a ramp, opens, escorts, writes down."""
    COMPANION = "companion"
    """Somebody who came along: pushes, lifts, guides."""
    KEY = "key"
    """A key or card that has to be asked for beforehand."""
    EFFORT = "effort"
    """The person alone, but it is hard or tight."""


class Help(StrEnum):
    """Which help the asking person can count on."""

    ALONE = "alone"
    """Nobody: only one's own effort and a key."""
    STAFF = "staff"
    """People of the place may help; nobody came along."""
    COMPANION = "companion"
    """Somebody came along, and people of the place may help too."""


_ACCEPTED = {
    Help.ALONE: frozenset({HelpKind.EFFORT, HelpKind.KEY}),
    Help.STAFF: frozenset({HelpKind.EFFORT, HelpKind.KEY, HelpKind.STAFF}),
    Help.COMPANION: frozenset(HelpKind),
}


def accepted_kinds(help_at_hand: Help | None) -> frozenset[HelpKind]:
    """Return the kinds of help that count; `None` means that nothing was said, so all do."""
    return frozenset(HelpKind) if help_at_hand is None else _ACCEPTED[help_at_hand]


def worst(words: Iterable[Word]) -> Word:
    """Return the word of a chain in which every part is needed; `yes` for an empty chain."""
    return min(words, key=_RANK.__getitem__, default=Word.YES)


def best(words: Iterable[Word]) -> Word:
    """Return the word of alternatives of which one is enough; `no` when there is none."""
    return max(words, key=_RANK.__getitem__, default=Word.NO)
