"""Why an extract cannot become the city. After each of these the old city is untouched."""

from geo.errors import DomainError, ErrorKind


class ExtractError(DomainError):
    """The file given for import cannot be used."""

    code = "osm-extract-unusable"
    title = "The map extract cannot be used"


class ExtractMissingError(ExtractError):
    """There is no such file."""

    code = "osm-extract-missing"
    title = "The map extract is not there"
    kind = ErrorKind.NOT_FOUND


class ExtractUnreadableError(ExtractError):
    """Not an OpenStreetMap file, or damaged, or cut off."""

    code = "osm-extract-unreadable"
    title = "The map extract is damaged or not an OpenStreetMap file"


class ExtractEmptyError(ExtractError):
    """The file holds no objects."""

    code = "osm-extract-empty"
    title = "The map extract is empty"


class NoStreetsError(ExtractError):
    """Nothing in the file can be walked."""

    code = "osm-extract-no-streets"
    title = "The map extract has no street that can be walked"


class ExtractElsewhereError(ExtractError):
    """The file shows another place than the city in this database."""

    code = "osm-extract-elsewhere"
    title = "The map extract shows another place than this city"


class ExtractShrunkError(ExtractError):
    """Most of the city's streets are missing; the file was probably cut off."""

    code = "osm-extract-shrunk"
    title = "The map extract has far fewer streets than the city had"


class DistrictsUnreadableError(DomainError):
    """The file of districts is not GeoJSON with polygons."""

    code = "districts-unreadable"
    title = "The file of districts cannot be used"


class ElevationUnreadableError(DomainError):
    """An elevation file is damaged or of a kind that is not supported."""

    code = "elevation-unreadable"
    title = "The elevation data cannot be used"


class ImportRunningError(DomainError):
    """Another import works on this database."""

    code = "import-running"
    title = "Another import is running; wait until it has finished"
    kind = ErrorKind.CONFLICT


class ImportFailedError(DomainError):
    """The database refused or lost the import midway."""

    code = "import-failed"
    title = "The import failed in the database; the old city stays"
    kind = ErrorKind.UNAVAILABLE


class StorageFullError(ImportFailedError):
    """The disk of the database is full."""

    code = "import-storage-full"
    title = "The database has no space left for the import; the old city stays"


class ImportStoppedError(DomainError):
    """Somebody stopped the import before it finished."""

    code = "import-stopped"
    title = "The import was stopped; the old city stays"
    kind = ErrorKind.CONFLICT
