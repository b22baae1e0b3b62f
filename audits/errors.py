"""Errors of intake and review."""

from geo.errors import DomainError, ErrorKind


class AuditNotFoundError(DomainError):
    """There is no such audit, or it is somebody else's; a stranger cannot tell which."""

    code = "audit-not-found"
    title = "There is no such audit"
    kind = ErrorKind.NOT_FOUND


class AuditGoneError(DomainError):
    """The author withdrew it; the id stays taken for ever."""

    code = "audit-gone"
    title = "This audit was withdrawn"
    kind = ErrorKind.GONE


class AuditContentDiffersError(DomainError):
    """The id is taken by an audit with other content."""

    code = "audit-content-differs"
    title = "This id already holds an audit with other content"
    kind = ErrorKind.CONFLICT


class PreconditionMissingError(DomainError):
    """Something new must say that it is new; otherwise a mistake could overwrite another one."""

    code = "precondition-missing"
    title = "Send If-None-Match: * with something new, If-Match with a change"
    kind = ErrorKind.PRECONDITION_REQUIRED


class NotUuid7Error(DomainError):
    """Client-made ids are UUIDs of version 7, so that they sort by time."""

    code = "not-uuid7"
    title = "The id must be a UUID of version 7"
    kind = ErrorKind.INVALID


class ClockAheadError(DomainError):
    """The id was made by a clock far ahead; `server_time` says what time it is."""

    code = "clock-ahead"
    title = "The clock that made this id is days ahead; set it and make a new id"
    kind = ErrorKind.INVALID


class UnknownPredecessorError(DomainError):
    """What the audit wants to replace is no approved audit of the same author and place."""

    code = "unknown-predecessor"
    title = "There is no approved audit of yours to replace"
    kind = ErrorKind.INVALID


class SuccessorExistsError(DomainError):
    """Another audit is about to replace this one; `successor_id` names it."""

    code = "successor-exists"
    title = "A correction of this audit is waiting already; change that one"
    kind = ErrorKind.CONFLICT


class AuditInvalidError(DomainError):
    """Answers do not fit the catalogue; `errors` names each by JSON pointer."""

    code = "audit-invalid"
    title = "Some answers do not fit the catalogue"
    kind = ErrorKind.INVALID


class CatalogueNotFoundError(DomainError):
    """The questions were never published under this version."""

    code = "catalogue-not-found"
    title = "There is no such version of the catalogue"
    kind = ErrorKind.NOT_FOUND


class AnswersInvalidError(DomainError):
    """Answers that were to be judged do not fit the catalogue; `errors` names each."""

    code = "answers-invalid"
    title = "Some answers do not fit the catalogue"
    kind = ErrorKind.INVALID


class UnknownPlaceError(DomainError):
    """The audit names a place that does not exist."""

    code = "unknown-place"
    title = "There is no such place"
    kind = ErrorKind.INVALID


class ElementMismatchError(DomainError):
    """An element is known already, but under another place or as another kind."""

    code = "element-mismatch"
    title = "An element belongs elsewhere or is of another kind"
    kind = ErrorKind.INVALID


class PhotoTakenError(DomainError):
    """A photo id of the manifest belongs to another audit."""

    code = "photo-id-taken"
    title = "A photo id is taken by another audit"
    kind = ErrorKind.CONFLICT


class StaleAuditError(DomainError):
    """The audit changed since it was read."""

    code = "audit-stale"
    title = "The audit has changed; read it again"
    kind = ErrorKind.STALE


class NoSuchTransitionError(DomainError):
    """An audit in this state cannot take this step."""

    code = "no-such-transition"
    title = "The audit cannot take this step in its present state"
    kind = ErrorKind.CONFLICT


class OwnAuditError(DomainError):
    """Nobody decides about their own audit."""

    code = "own-audit"
    title = "You cannot decide about your own audit"
    kind = ErrorKind.FORBIDDEN


class ReasonMissingError(DomainError):
    """The author must learn why."""

    code = "reason-missing"
    title = "Give a reason code with this decision"
    kind = ErrorKind.INVALID


class UnknownObservationError(DomainError):
    """A decision names an answer that this audit does not have."""

    code = "unknown-observation"
    title = "The audit has no such answer"
    kind = ErrorKind.INVALID


class ElementTooFarError(DomainError):
    """A new part lies far from its place, or outside the city: mostly swapped coordinates."""

    code = "element-too-far"
    title = "A part lies too far away; are longitude and latitude swapped?"
    kind = ErrorKind.INVALID


class UnknownElementError(DomainError):
    """A report names a part that does not exist."""

    code = "unknown-element"
    title = "There is no such part"
    kind = ErrorKind.INVALID


class VersionMissingError(DomainError):
    """A change must say which version it is based on."""

    code = "version-missing"
    title = "Send If-Match with the ETag of what you looked at"
    kind = ErrorKind.PRECONDITION_REQUIRED


class BarrierNotFoundError(DomainError):
    """There is no barrier with this id."""

    code = "barrier-not-found"
    title = "There is no such barrier"
    kind = ErrorKind.NOT_FOUND


class BarrierTakenError(DomainError):
    """The id already holds another report."""

    code = "barrier-content-differs"
    title = "This id already holds another report"
    kind = ErrorKind.CONFLICT


class BarrierClosedError(DomainError):
    """A reviewer has cleared or rejected it; what stands there now is a new report."""

    code = "barrier-closed"
    title = "A reviewer has closed this report; send a new one"
    kind = ErrorKind.CONFLICT


class BarrierVoteTakenError(DomainError):
    """The id already holds another vote about a barrier."""

    code = "barrier-vote-differs"
    title = "This id already holds another vote"
    kind = ErrorKind.CONFLICT


class FactNotFoundError(DomainError):
    """Nothing is known about this field there, so there is nothing to agree with."""

    code = "fact-not-found"
    title = "There is no such fact"
    kind = ErrorKind.NOT_FOUND


class OwnFactError(DomainError):
    """Nobody confirms or disputes what rests on their own observation."""

    code = "own-fact"
    title = "You cannot vote about what you observed yourself"
    kind = ErrorKind.FORBIDDEN


class ConfirmationTakenError(DomainError):
    """The id already holds another vote, or somebody else's."""

    code = "confirmation-content-differs"
    title = "This id already holds another vote"
    kind = ErrorKind.CONFLICT
