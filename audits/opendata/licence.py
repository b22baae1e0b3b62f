"""Under which terms everything published may be used, and who is to be named (pure).

Streets, buildings and most places are derived from OpenStreetMap, and volunteers give their
measurements under the same licence (`audits.accounts.consent_texts`). Photos are no part of it.
"""

LICENCE_NAME = "Open Database License 1.0 (ODbL-1.0)"
LICENCE_ID = "ODbL-1.0"
LICENCE_URL = "https://opendatacommons.org/licenses/odbl/1-0/"
ATTRIBUTION = "© OpenStreetMap contributors, Esik volunteers"
OSM_COPYRIGHT = "https://www.openstreetmap.org/copyright"
