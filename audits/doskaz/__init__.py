"""The national Doskaz forms brought over: answers, places, old ids, and what their score said.

Owns the mapping of every form key (`forms.toml`), of categories (`categories.toml`), the readers
of JSON and CSV, the matching to places, and the old score for a table of before and after. Owns
no rule of accessibility: what is brought over are claims, and the words follow from them like
from any audit. Invariant: nothing imported is measured, positioned or scored by us.
"""
