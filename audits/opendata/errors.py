"""What can go wrong when somebody asks for open data."""

from geo.errors import DomainError, ErrorKind


class CollectionNotFoundError(DomainError):
    """There is no published collection of this name."""

    code = "collection-not-found"
    title = "There is no such collection"
    kind = ErrorKind.NOT_FOUND


class FeatureNotFoundError(DomainError):
    """The collection has no feature with this id, or it is not public."""

    code = "feature-not-found"
    title = "There is no such feature"
    kind = ErrorKind.NOT_FOUND


class OpenDataMissingError(DomainError):
    """No set of open data was made yet, or the set that an address names was cleaned away."""

    code = "open-data-missing"
    title = "There are no open data at this address"
    kind = ErrorKind.NOT_FOUND


class PublishingUnderWayError(DomainError):
    """Another process of this machine is making a set of open data right now."""

    code = "publishing-under-way"
    title = "Open data are being made already"
    kind = ErrorKind.CONFLICT
