"""Refusals about participants."""

from parlour.core.errors.entry import ApiError


class InvalidLastReadTimestamp(ApiError, status=400, code=50405, message="Invalid last read timestamp format"):
    """LastReadTimestamp is not an ISO 8601 moment."""


class InvalidAddress(ApiError, status=400, code=50407, message="Invalid messaging binding address"):
    """MessagingBinding.Address or .ProjectedAddress is malformed or too long."""


class InvalidProxyAddress(ApiError, status=400, code=50408, message="Invalid participant proxy address"):
    """MessagingBinding.ProxyAddress is malformed or too long."""


class AddressEqualsProxy(ApiError, status=400, code=50409, message="Participant address equals proxy address"):
    """Address and proxy address are the same."""


class AddressEmpty(ApiError, status=400, code=50411, message="Participant address is empty"):
    """MessagingBinding.Address is empty, or only a proxy address was given."""


class ProxyAddressEmpty(ApiError, status=400, code=50412, message="Participant proxy address is empty"):
    """A participant was to be made with an empty MessagingBinding.ProxyAddress."""


class AddressTypeMismatch(
    ApiError, status=400, code=50414, message="Participant address type does not match proxy address type"
):
    """Address and proxy address belong to different channels."""


class BindingExists(
    ApiError,
    status=409,
    code=50416,
    message="A binding for this participant and proxy address already exists in Conversation {conversation}",
):
    """The address pair is used in a conversation of the account that is not closed.

    Client code reads that conversation's SID from the end of the message.
    """


class ParticipantLimitExceeded(ApiError, status=403, code=50417, message="Participants limit exceeded"):
    """The conversation already has 1,000 participants."""


class ChannelParticipantLimitExceeded(ApiError, status=403, code=50418, message="Non-chat participants limit exceeded"):
    """The conversation already has 50 participants without an identity."""


class BindingNotSupported(
    ApiError,
    status=400,
    code=50420,
    message="Participant Messaging Binding type does not support all of the provided Messaging Binding parameters",
):
    """MessagingBinding.Name or .Level was given for something else than an e-mail address."""


class InvalidLastReadIndex(ApiError, status=400, code=50421, message="Invalid last read message index format"):
    """LastReadMessageIndex is not a number, or is negative."""


class InvalidParticipantJson(
    ApiError, status=400, code=50424, message="One of the JSON requests for participant creation is invalid"
):
    """A Participant of ConversationWithParticipants is not a JSON object, or a value in it is no text."""


class PairsInUse(
    ApiError,
    status=409,
    code=50425,
    message="Participant and proxy address pairs for one or more participants already in use",
):
    """An address pair of ConversationWithParticipants is used in a conversation of the account that is not closed,
    or twice in the call."""


class TooManyParticipants(ApiError, status=400, code=50426, message="Request contains too many participants"):
    """ConversationWithParticipants got more than 10."""


class ParticipantAlreadyExists(ApiError, status=409, code=50433, message="Participant already exists"):
    """The identity already is a participant of the conversation."""


class ProjectedAddressMissing(ApiError, status=400, code=50434, message="Participant projected address not provided"):
    """A participant of a group MMS would have neither a phone number of its own nor a projected address, or a
    participant was to be made with an empty MessagingBinding.ProjectedAddress."""


class GroupNotActivated(ApiError, status=400, code=50435, message="Group MMS activation failed"):
    """A conversation would become or stay a group MMS with a proxy address, another channel, or a number that is no
    long code of the US or Canada."""


class GroupParticipantLimitExceeded(
    ApiError, status=403, code=50436, message="Participant limit exceeded for group conversation"
):
    """A group MMS would have more than 10 participants."""


class GroupParticipantExists(ApiError, status=409, code=50437, message="Group Participant already exists"):
    """An address without a proxy address, or a projected address, is there already in the conversation."""


class GroupExists(
    ApiError,
    status=409,
    code=50438,
    message="Group MMS with given participant list already exists as Conversation {conversation}",
):
    """Another conversation of the account that is not closed is a group MMS of the same addresses."""


class ProxyNotRemovable(
    ApiError, status=400, code=50440, message="Failed to remove the proxy address of a participant"
):
    """The participant has no proxy address that could be removed."""


class ProxyNotAddable(ApiError, status=400, code=50441, message="Failed to add a proxy address to a participant"):
    """The participant has no address that a proxy address could serve."""


class ProjectedAddressNotRemovable(
    ApiError, status=400, code=50442, message="Failed to remove the projected address of a participant"
):
    """The participant has no projected address that could be removed."""


class ProjectedAddressNotAddable(
    ApiError, status=400, code=50443, message="Failed to add a projected address to a participant"
):
    """The participant already has an address of its own."""


class IdentityNotAddable(ApiError, status=400, code=50444, message="Failed to add an identity to a participant"):
    """The participant has an identity already, or has no projected address."""


class IdentityOrAddress(
    ApiError,
    status=400,
    code=50451,
    message="One user identifier parameter for lookup at a time is allowed. Please, use either Identity or Address.",
):
    """ParticipantConversations was asked with both Identity and Address."""


class ProxyNotSupported(
    ApiError, status=400, code=50453, message="Proxy Address of participant is not supported for this channel"
):
    """A proxy address was given for an e-mail participant."""
