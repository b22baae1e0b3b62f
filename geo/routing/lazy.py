"""Sequences of objects that are made only when somebody looks at one of them."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

_T = TypeVar("_T")


class Lazy(Sequence[_T]):
    """A sequence that makes all its members at the first look and keeps them.

    Equal to every other sequence, but text, with equal members. Its length is known before.
    """

    __slots__ = ("_made",)
    __hash__ = None  # type: ignore[assignment]  # equal to lists, which have no hash either

    def __init__(self) -> None:
        self._made: list[_T] | None = None

    @abstractmethod
    def _make(self) -> list[_T]:
        """Return all members."""

    def _look(self) -> list[_T]:
        made = self._made
        if made is None:
            made = self._made = self._make()
        return made

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> list[_T]: ...
    def __getitem__(self, index: int | slice) -> _T | list[_T]:
        """Return a member, or some of them."""
        return self._look()[index]

    def __iter__(self) -> Iterator[_T]:
        """Go over all members."""
        return iter(self._look())

    def __eq__(self, other: object) -> bool:
        """Compare member by member."""
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        return len(self) == len(other) and self._look() == list(other)

    def __repr__(self) -> str:
        """Return what a list of the members would."""
        return repr(self._look())
