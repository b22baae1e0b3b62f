"""Texts of the pages about open data, as messages of the catalogues."""


def _(message: str) -> str:
    return message


TITLE = _("Data for programs")
INTRO = _(
    "The city's accessibility data by the standard OGC API - Features: places, entrances,"
    " confirmed barriers and streets."
)
UNKNOWN = _("What nobody checked is the word “unknown” or empty. It never means yes.")
COLLECTIONS = _("Collections")
COLLECTIONS_MEANING = _("What there is, and what every column means")
INTERFACE = _("Description of the interface")
INTERFACE_MEANING = _("Every address and parameter")
CONFORMANCE = _("Conformance")
CONFORMANCE_MEANING = _("Which parts of the standard are served")
FILES = _("The same as files")
FILES_MEANING = _("GeoPackage, CSV for Excel, and other formats, daily")
FEATURES = _("Features")
FEATURES_MEANING = _("Page by page")
PLACE_PAGE = _("Page of this place")

FORMATS = {
    "gpkg": _("Everything in one file, for QGIS and other map programs"),
    "csv": _("Table with commas and decimal points"),
    "excel": _("Table for Excel: semicolons and decimal commas"),
    "geojsons": _("One GeoJSON feature after the other, for programs"),
    "a11yjson": _("Places in the A11yJSON format"),
    "osw": _("Walking network in the OpenSidewalks format"),
    "osc": _("Proposals for OpenStreetMap; a person reviews them before any upload"),
    "schema": _("Meaning of the columns"),
    "definitions": _("Meaning of every word and question in three languages"),
}
