"""What each problem means, in plain words: what it is, why it is answered, what mends it. Codes are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PROBLEM_TEXTS", "ProblemText"]


@dataclass(frozen=True, slots=True)
class ProblemText:
    """A problem, explained to whoever called.

    what  what the service says by it
    why   what has led to it
    mend  what the caller, or the operator, does about it
    """

    what: str
    why: str
    mend: str


PROBLEM_TEXTS: Mapping[str, ProblemText] = {
    "malformed-json": ProblemText(
        "The body of the request can't be read as strict JSON in UTF-8. Nothing was decided and nothing was kept.",
        "Lax parsers disagree about what lax JSON means, and a case that is read in another way than it was meant is "
        "decided wrongly. So a member given twice, NaN, Infinity, a number beyond the doubles, a lone surrogate, a "
        "byte order mark, a comment, an empty body, and nesting deeper than 200 are all refused.",
        "Write the body as RFC 8259 has it; the detail tells the line and column at which reading ended. Most often a "
        "comma, a quote or a bracket is missing there.",
    ),
    "bad-idempotency-key": ProblemText(
        "The header Idempotency-Key holds something that can't be the name of a request.",
        "A key is kept for ever beside the decision. It is empty, longer than 255 characters, or has characters other "
        "than printable ASCII.",
        "Send 1 to 255 printable ASCII characters, such as a UUID, or leave the header out.",
    ),
    "bad-request": ProblemText(
        "The request is no HTTP that the service understands.",
        "A header or the line that the request begins with is malformed. Clients that are in use do not send such "
        "requests; something between the caller and the service may have changed it.",
        "Send it with an ordinary HTTP client, and look at the proxies on the way.",
    ),
    "bad-parameter": ProblemText(
        "A query parameter in the address is wrong, or is none of those that the address takes.",
        "A parameter that is not understood is never ignored: a misspelt filter would show other decisions than were "
        "asked for. It is unknown, given twice, empty, malformed, or not written in UTF-8.",
        "The detail names the parameter and what would be right, with the nearest name where it is misspelt. In a "
        "query a + means a space: write %2B, as in the offset of an instant.",
    ),
    "unauthorized": ProblemText(
        "The service does not know who calls.",
        "The service was started with a list of callers. The request bears no token in the header Authorization, or "
        "one that is nobody's.",
        "Send the header Authorization with Bearer, a space, and the token that the service's operator gave you. If "
        "it was right before, it may have been replaced: ask the operator.",
    ),
    "forbidden": ProblemText(
        "The caller is known, but may not do this.",
        "Each caller has rights of its own, decide and read among them, and this call needs one that the caller "
        "lacks. The detail names it.",
        "Ask the service's operator for the right, or call with the token of a caller that has it.",
    ),
    "not-found": ProblemText(
        "There is nothing at this address.",
        "The address is misspelt, or is one of another version. A trailing slash and a doubled one make another "
        "address.",
        "Compare the address with the calls that /v1/openapi.json and /docs list.",
    ),
    "unknown-checkpoint": ProblemText(
        "The log has no checkpoint of the size that was asked for.",
        "Proofs lead from one checkpoint to another. No checkpoint of that size was signed, or the earlier one is "
        "larger than the later one.",
        "Take the size from a checkpoint that GET /v1/checkpoint or a receipt gave: it is the second line of the "
        "note. If it stands in a checkpoint that you kept and the log does not know it, the log may have been "
        "restored from an older backup, or rewritten: keep the checkpoint, and tell the operator.",
    ),
    "unknown-document": ProblemText(
        "No decision document was kept under this id.",
        "The id is misspelt, is that of a preview, which is never kept, or belongs to the log of another service.",
        "Take the id from the document, or its address from the header Location of the answer that made it. GET "
        "/v1/decisions finds documents by what they say.",
    ),
    "unknown-policy": ProblemText(
        "The service has no policy of this name.",
        "The service has the policies that its operator has given it. The id is misspelt, or the policy is one of "
        "another service.",
        "GET /v1/policies lists those that there are; the detail names the nearest. Leave the policy out of a request "
        "for decisions to ask the service's default.",
    ),
    "unknown-version": ProblemText(
        "The policy has no version of this name.",
        "The version is misspelt, or the service does not have it now.",
        "GET /v1/policies lists the versions of each policy. Leave the version out for the newest.",
    ),
    "method-not-allowed": ProblemText(
        "There is something at this address, but it does not take this method.",
        "Most addresses are only read, with GET or HEAD; those that decide take POST.",
        "The header Allow lists the methods that the address takes.",
    ),
    "not-acceptable": ProblemText(
        "The answer has none of the forms that the header Accept leaves room for.",
        "Answers are application/json, some are text/plain, and the request accepts neither. Nothing was decided.",
        "Accept application/json, or */*, or send no header Accept.",
    ),
    "request-timeout": ProblemText(
        "The body of the request, or a line of a batch, came too slowly, and the service has stopped waiting. Nothing "
        "of it was decided and nothing was kept.",
        "Whoever sends half of a body and no more would hold what others need. A body may keep the service waiting for "
        "ten seconds, of which each 16 KiB that come give one back, and in a batch each answer two.",
        "Send it again over a connection that holds, the whole body at once. Where it comes through a proxy, let that "
        "take the request in before it passes it on.",
    ),
    "idempotency-key-reused": ProblemText(
        "The idempotency key was used before, with another request.",
        "A key names one request for ever, so that a repeated request gets the first answer. This body differs from "
        "the first in more than spaces and the order of members; or the personal facts of the first are erased, and "
        "nobody can tell any more whether it is the same.",
        "Take a new key for a new request. To get the first answer again, send the first request again.",
    ),
    "too-large": ProblemText(
        "The body is larger than the service takes.",
        "A body may have 1 MiB, 1,048,576 bytes. A case takes a few thousand.",
        "Send the facts of one case alone, without what no rule reads.",
    ),
    "unsupported-media-type": ProblemText(
        "The body is of a kind that the service does not read.",
        "The header Content-Type is missing or names another media type or character set, or the body is compressed. "
        "Whatever is no JSON would have to be guessed at.",
        "Send Content-Type: application/json, the body in UTF-8, and no Content-Encoding.",
    ),
    "invalid-facts": ProblemText(
        "Facts of the case are wrong, so that nothing was decided and nothing was kept.",
        "The policy's facts schema declares each fact and the values that it can have. A fact that it does not know "
        "is never ignored: a misspelt one would silently be unknown.",
        "The member errors lists each thing that is wrong: a pointer to its place in the body, a code, a message, and "
        "the nearest valid name or value. Mend all of them and send the request again. GET "
        "/v1/policies/{id}/facts-schema gives the schema.",
    ),
    "invalid-request": ProblemText(
        "What stands around the facts is wrong, so that nothing was decided and nothing was kept.",
        "The body has a member that is unknown, lacking or of the wrong type, or asks for a decision that the policy "
        "does not take.",
        "The member errors lists each thing that is wrong, those in the facts too, with a pointer to its place in the "
        "body. Mend all of them and send the request again.",
    ),
    "policy-not-in-force": ProblemText(
        "No version of the policy is in force on the day that the case is judged by.",
        "A version may have a first and a last day. The day is that of as_of or, without it, of the fact that the "
        "policy names for it; it lies before the first version, after the last, or between two.",
        "See that the instant is right. GET /v1/policies tells from when to when each version is in force; an older "
        "version can only be asked where the service has loaded it.",
    ),
    "internal-error": ProblemText(
        "The service has failed, by a defect of its own.",
        "Something happened that nobody foresaw. The service's own log tells more under the instance of the problem.",
        "Report it to the service's operator with the instance. A request with an Idempotency-Key can be sent again: "
        "it is never decided twice.",
    ),
    "damaged-entry": ProblemText(
        "The stored decision is not the one that was stored, and is not given out.",
        "The bytes of its entry in the audit log no longer have the hash that they were stored with: the disk has "
        "failed, or the log was changed from outside of the service.",
        "Tell the service's operator, who finds out with clausewise audit verify what has changed and what a backup "
        "still has.",
    ),
    "overloaded": ProblemText(
        "More is asked than can be decided at present, and the request has waited its time. Nothing was kept.",
        "So many requests are decided at once, and no more, lest all of them become slow.",
        "Ask again after the seconds that the header Retry-After names, and wait longer each time. An operator lets "
        "more in with more workers.",
    ),
    "store-unavailable": ProblemText(
        "The audit log can't be read or written at present, and no decision is answered that is not kept.",
        "The detail says what is the matter: the disk is full or fails, the database is locked, moved or out of "
        "reach, or the service was started without a log.",
        "Ask again after the seconds that the header Retry-After names, with the same Idempotency-Key; previews work "
        "meanwhile. It mends itself when the cause is gone: the operator finds it in the service's own log.",
    ),
}
"""Code -> what its page says. There is one for each of `problems.py`."""
