"""Reading OpenStreetMap extracts: tags, streets, places, districts, elevation, staging, import.

Owns the way from a file to the tables of the city. What the city learned by itself (audits,
overrides, barriers) is only attached again here, never changed and never dropped.
"""
