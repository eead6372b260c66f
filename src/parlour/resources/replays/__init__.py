"""Replays: an event sent once more, as a delivery of its own.

It goes to where its webhook points now, in its lane, with RetryCount 0 and the idempotency token of the delivery that
it repeats: it is the same event, and a receiver that took it already can tell. What still waits is not replayed, nor
is the question of a pre-action webhook, whose change is decided.
"""
