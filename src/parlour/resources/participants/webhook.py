"""How participants look to webhooks."""

from parlour.contract.webhook import Announcement, Announcements, Parameters, Question, Told, moment, number
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.participants.facts import ParticipantAdded, ParticipantRemoved, ParticipantUpdated
from parlour.resources.participants.model import Participant

CHAT = "CHAT"
"""The type of who has no messaging binding."""


def shown(participant: Participant) -> Parameters:
    """What every event of a participant that exists says of it."""
    return {
        "ConversationSid": participant.conversation_sid,
        "ParticipantSid": participant.sid,
        "DateCreated": moment(participant.created_at),
        "DateUpdated": moment(participant.updated_at),
        **described(participant),
    }


def described(participant: Participant) -> Parameters:
    """Who it is, be it one that does not exist yet."""
    return {
        "Identity": participant.identity,
        "RoleSid": participant.role_sid,
        "Attributes": participant.attributes,
        "MessagingBinding.ProxyAddress": participant.proxy_address,
        "MessagingBinding.Address": participant.address,
        "MessagingBinding.ProjectedAddress": participant.projected_address,
        "MessagingBinding.Type": (participant.binding_type or CHAT).upper(),
        "MessagingBinding.Name": participant.binding_name,
        "MessagingBinding.Level": participant.binding_level,
    }


def _draft(participant: Participant) -> Parameters:
    return {"ConversationSid": participant.conversation_sid, **described(participant)}


def _itself(participant: Participant) -> str:
    return participant.sid


def _conversation(participant: Participant) -> str:
    return participant.conversation_sid


ADD = Question(PreEvent.PARTICIPANT_ADD, _draft, _conversation)
UPDATE = Question(PreEvent.PARTICIPANT_UPDATE, shown, _itself)
REMOVE = Question(PreEvent.PARTICIPANT_REMOVE, shown, _itself)


def _added(told: Told[ParticipantAdded]) -> Parameters:
    parameters = shown(told.fact.participant)
    del parameters["DateUpdated"]
    return parameters


def _updated(told: Told[ParticipantUpdated]) -> Parameters:
    participant = told.fact.participant
    return {**shown(participant), "LastReadMessageIndex": number(participant.last_read_index)}


def _removed(told: Told[ParticipantRemoved]) -> Parameters:
    return {**shown(told.fact.participant), "DateRemoved": moment(told.at)}


ANNOUNCEMENTS: Announcements = {
    ParticipantAdded: [Announcement(PostEvent.PARTICIPANT_ADDED, _added)],
    ParticipantUpdated: [Announcement(PostEvent.PARTICIPANT_UPDATED, _updated)],
    ParticipantRemoved: [Announcement(PostEvent.PARTICIPANT_REMOVED, _removed)],
}
"""By the type of a fact: what webhooks are told of it."""
