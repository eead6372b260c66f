"""Receipts: how far a message has come on its way to one participant of a channel.

There is one per message and recipient; its status moves on, never back. Nobody makes receipts over REST: channels
record what they hear from carriers. One that is only handed over (``queued``) is counted, but not shown. Each change
keeps the summary in the message's own row, so that showing messages asks nothing of receipts. A closed conversation
takes receipts, too: what is on its way arrives all the same.
"""
