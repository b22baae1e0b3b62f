"""Advisory locks that keep imports and approvals from crossing each other."""

IMPORT_LOCK = 0x4573_696B_0001
"""Held for a whole import: one import at a time in a database."""

NETWORK_LOCK = 0x4573_696B_0002
"""Held exclusively while an import replaces the streets, and shared by whoever matches
something to them: a match made against streets that are just going would point nowhere."""
