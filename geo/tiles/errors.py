"""What can be wrong with a request for a tile."""

from geo.errors import DomainError, ErrorKind


class TileLayerNotFoundError(DomainError):
    """There is no tile layer of this name."""

    code = "tile-layer-not-found"
    title = "There is no such tile layer"
    kind = ErrorKind.NOT_FOUND


class TileOutOfRangeError(DomainError):
    """The zoom is not one of the layer's, or the column or row lies outside the world."""

    code = "tile-out-of-range"
    title = "The layer has no tile at this address"
    kind = ErrorKind.BAD_REQUEST


class TileFilterError(DomainError):
    """The layer cannot be filtered like this, or the filter is too long."""

    code = "tile-filter-invalid"
    title = "The tile filter cannot be used"
    kind = ErrorKind.BAD_REQUEST
