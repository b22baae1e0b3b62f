"""Tell an author in their language what became of an audit: stored, missing, asked, changed.

Owns the sentences (`texts.*.toml`), not the facts: those come from the audit, its photos and its
decisions. Pure. Invariant: every state, reason, word, profile and scope has a sentence in all
three languages.
"""

from audits.telling.story import Change, Line, Remark, Story, tell

__all__ = ["Change", "Line", "Remark", "Story", "tell"]
