"""How participants look to webhooks."""

from parlour.contract.webhook import Announcement, Parameters, Question, Row, Told, moment, number
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.participants import events

CHAT = "CHAT"
"""The type of who has no messaging binding."""


def shown(participant: Row) -> Parameters:
    """What every event of a participant that exists says of it."""
    return {
        "ConversationSid": participant["conversation_sid"],
        "ParticipantSid": participant["sid"],
        "DateCreated": moment(participant["created_at"]),
        "DateUpdated": moment(participant["updated_at"]),
        **described(participant),
    }


def described(participant: Row) -> Parameters:
    """Who it is, be it one that does not exist yet."""
    return {
        "Identity": participant["identity"],
        "RoleSid": participant["role_sid"],
        "Attributes": participant["attributes"],
        "MessagingBinding.ProxyAddress": participant["proxy_address"],
        "MessagingBinding.Address": participant["address"],
        "MessagingBinding.ProjectedAddress": participant["projected_address"],
        "MessagingBinding.Type": (participant["binding_type"] or CHAT).upper(),
        "MessagingBinding.Name": participant["binding_name"],
        "MessagingBinding.Level": participant["binding_level"],
    }


def _draft(participant: Row) -> Parameters:
    return {"ConversationSid": participant["conversation_sid"], **described(participant)}


def _itself(participant: Row) -> str:
    sid: str = participant["sid"]
    return sid


def _conversation(participant: Row) -> str:
    sid: str = participant["conversation_sid"]
    return sid


ADD = Question(PreEvent.PARTICIPANT_ADD, _draft, _conversation)
UPDATE = Question(PreEvent.PARTICIPANT_UPDATE, shown, _itself)
REMOVE = Question(PreEvent.PARTICIPANT_REMOVE, shown, _itself)


def _subject(payload: Row) -> str:
    sid: str = payload["participant"]["sid"]
    return sid


def _added(told: Told) -> Parameters:
    parameters = shown(told.payload["participant"])
    del parameters["DateUpdated"]
    return parameters


def _updated(told: Told) -> Parameters:
    participant = told.payload["participant"]
    return {**shown(participant), "LastReadMessageIndex": number(participant["last_read_index"])}


def _removed(told: Told) -> Parameters:
    return {**shown(told.payload["participant"]), "DateRemoved": moment(told.at)}


ANNOUNCEMENTS = {
    events.ADDED: [Announcement(PostEvent.PARTICIPANT_ADDED, _subject, _added)],
    events.UPDATED: [Announcement(PostEvent.PARTICIPANT_UPDATED, _subject, _updated)],
    events.REMOVED: [Announcement(PostEvent.PARTICIPANT_REMOVED, _subject, _removed)],
}
"""By the type of a fact: what webhooks are told of it."""
