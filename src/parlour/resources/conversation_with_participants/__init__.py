"""ConversationWithParticipants: a conversation and up to ten participants, made with one call.

The conversation is there at once, in the state ``initializing``, and keeps the address pairs of those who are to take
part; nobody can change it. What is still to be done waits in `pending_additions`, until a turn in the background of any
process adds the participants, all or none, and gives the conversation the state that was asked for. When they cannot
be added after all, it becomes closed, and the log says so under the published number 50427, which no answer has.
"""
