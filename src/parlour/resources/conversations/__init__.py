"""Conversations: what participants take part in and messages are posted to.

A conversation is active, inactive or closed; closed is final: it can be read and deleted, nothing else. Two timers,
counted from its last activity (creation, then each message), make it inactive and closed. It is addressed by its
SID or its unique name. Nothing here knows participants or messages; the row holds the counters that those keep,
since its lock is what puts the changes of one conversation in order.
"""
