"""Tests that share something expensive run in one process: `pytestmark = xdist_group("name")`.

pytest-xdist carries the name from the processes to the scheduler in the ids of tests, which
pytest 9.2 no longer lets it change, so that the marks do nothing. Here the scheduler reads the
mark from the module itself.
"""

import functools
import re

from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

from tests.support.machine import ROOT

_MARK = re.compile(r'^pytestmark = .*xdist_group\("([^"]+)"\)', re.MULTILINE)


class GroupScheduling(LoadGroupScheduling):  # type: ignore[misc]
    """Give each group to one process, and tests without a group to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return find_group(nodeid.partition("::")[0]) or nodeid


@functools.cache
def find_group(module: str) -> str | None:
    """Find the group that a test module names for all its tests."""
    found = _MARK.search((ROOT / module).read_text(encoding="utf-8"))
    return found[1] if found else None
