"""Why files in the OpenSidewalks format cannot become the network. The old one then stays."""

from geo.errors import DomainError


class OpenSidewalksError(DomainError):
    """The files given for import cannot be used."""

    code = "opensidewalks-unusable"
    title = "The OpenSidewalks files cannot be used"


class FilesMissingError(OpenSidewalksError):
    """The folder lacks a file of nodes or of edges."""

    code = "opensidewalks-missing"
    title = "The folder has no OpenSidewalks nodes or edges"


class UnreadableFileError(OpenSidewalksError):
    """Not GeoJSON, cut off, or damaged."""

    code = "opensidewalks-unreadable"
    title = "An OpenSidewalks file is damaged or not GeoJSON"


class NothingInsideError(OpenSidewalksError):
    """A file holds no features, or nothing in it can be walked."""

    code = "opensidewalks-empty"
    title = "The OpenSidewalks files hold no way that can be walked"


class BadFeatureError(OpenSidewalksError):
    """A feature breaks the format: its geometry, an id, or the value of a field."""

    code = "opensidewalks-feature"
    title = "A feature of the OpenSidewalks files breaks the format"


class UnknownFieldsError(OpenSidewalksError):
    """Fields that the format does not know and that do not begin with `ext:`."""

    code = "opensidewalks-fields"
    title = "The OpenSidewalks files have fields that the format does not know"


class LooseEdgesError(OpenSidewalksError):
    """Edges name nodes that are not in the files, or do not begin and end at their nodes."""

    code = "opensidewalks-loose-edges"
    title = "Edges of the OpenSidewalks files do not meet their nodes"


class OutsideWorldError(OpenSidewalksError):
    """Coordinates that are no longitude and latitude, mostly because they were swapped."""

    code = "opensidewalks-coordinates"
    title = "Coordinates of the OpenSidewalks files are not longitude and latitude"
