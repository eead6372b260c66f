"""How participants look to webhooks."""

from parlour.contract.webhook import AnnouncedFact, Announcement, Announcements, Parameters, PreAction, moment, number
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
    """What identifies the participant, which need not exist yet."""
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


ADD = PreAction(PreEvent.PARTICIPANT_ADD, _draft, _conversation)
UPDATE = PreAction(PreEvent.PARTICIPANT_UPDATE, shown, _itself)
REMOVE = PreAction(PreEvent.PARTICIPANT_REMOVE, shown, _itself)


def _added(announced: AnnouncedFact[ParticipantAdded]) -> Parameters:
    parameters = shown(announced.fact.participant)
    del parameters["DateUpdated"]
    return parameters


def _updated(announced: AnnouncedFact[ParticipantUpdated]) -> Parameters:
    participant = announced.fact.participant
    return {**shown(participant), "LastReadMessageIndex": number(participant.last_read_index)}


def _removed(announced: AnnouncedFact[ParticipantRemoved]) -> Parameters:
    return {**shown(announced.fact.participant), "DateRemoved": moment(announced.at)}


ANNOUNCEMENTS: Announcements = {
    ParticipantAdded: [Announcement(PostEvent.PARTICIPANT_ADDED, _added)],
    ParticipantUpdated: [Announcement(PostEvent.PARTICIPANT_UPDATED, _updated)],
    ParticipantRemoved: [Announcement(PostEvent.PARTICIPANT_REMOVED, _removed)],
}
"""The events of each type of fact."""
