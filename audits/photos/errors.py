"""Errors of photos and of uploads."""

from geo.errors import DomainError, ErrorKind


class PhotoNotFoundError(DomainError):
    """No photo of yours has this id, or it is not public."""

    code = "photo-not-found"
    title = "There is no such photo"
    kind = ErrorKind.NOT_FOUND


class DigestMismatchError(DomainError):
    """The bytes are not those that were announced; what was sent of them is given up."""

    code = "digest-mismatch"
    title = "The bytes differ from the announced digest"
    kind = ErrorKind.BAD_REQUEST


class BadDigestHeaderError(DomainError):
    """`Content-Digest` or `Repr-Digest` is malformed or names no SHA-256 (RFC 9530)."""

    code = "bad-digest-header"
    title = "The digest header cannot be read; send sha-256=:…:"
    kind = ErrorKind.BAD_REQUEST


class PhotoTooLargeError(DomainError):
    """The photo has more bytes than allowed."""

    code = "photo-too-large"
    title = "The photo is too large"
    kind = ErrorKind.TOO_LARGE


class UploadNotFoundError(DomainError):
    """No upload of yours has this id; ask for the photo and begin again if bytes are missing."""

    code = "upload-not-found"
    title = "There is no such upload"
    kind = ErrorKind.NOT_FOUND


class UploadExpiredError(DomainError):
    """The upload waited too long and was given up; begin again."""

    code = "upload-expired"
    title = "The upload has expired"
    kind = ErrorKind.GONE


class UploadOffsetError(DomainError):
    """The bytes begin elsewhere than where the last ones ended; `Upload-Offset` says where."""

    code = "upload-offset-mismatch"
    title = "The upload continues at another offset"
    kind = ErrorKind.CONFLICT


class UploadHeaderError(DomainError):
    """A header of the upload protocol is missing or malformed, or the version is not known."""

    code = "upload-header"
    title = "A header of the upload protocol is missing or wrong"
    kind = ErrorKind.BAD_REQUEST


class UploadTypeError(DomainError):
    """Appended bytes must come as `application/partial-upload`."""

    code = "upload-type"
    title = "Send appended bytes as application/partial-upload"
    kind = ErrorKind.UNSUPPORTED


class UploadLengthError(DomainError):
    """The upload would be longer or shorter than the photo that was announced."""

    code = "upload-length"
    title = "The length is not the announced one"
    kind = ErrorKind.BAD_REQUEST


class StagingFullError(DomainError):
    """Too many bytes wait to be moved into the store; uploads that were begun may go on."""

    code = "staging-full"
    title = "The service cannot take in more photos right now"
    kind = ErrorKind.UNAVAILABLE


class TooManyRedactionsError(DomainError):
    """A photo has at most 50 hidden rectangles."""

    code = "too-many-redactions"
    title = "There are too many hidden rectangles"
    kind = ErrorKind.INVALID
