"""UserConversations: which conversations a user has, with read state and unread counts.

A view of the user's participants: there is one for each conversation in which the user's identity takes part,
closed ones included. Nothing is created here; updating one sets the notification level and the read horizon, and
deleting one removes the participant. wire: dates and attributes are those of the conversation.
"""
