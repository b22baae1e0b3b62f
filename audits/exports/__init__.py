"""What leaves the system in the words of others: A11yJSON and OpenStreetMap.

Owns the translation of facts and words into their shapes. Owns no HTTP and no files. Invariant:
only what approved audits proved about active places leaves, and what is unknown is left out.
"""
