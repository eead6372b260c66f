"""List extensions: what lists of conversations can do beyond the published API, where a caller asks for it.

No resource, but what the lists of Conversations, UserConversations and ParticipantConversations have in common:
parameters that begin with ``Parlour-``, the SQL behind them, and the attributes by which conversations are found,
which are kept in a table of their own. Without such a parameter none of it is touched. docs/extensions.md is for
callers.
"""
