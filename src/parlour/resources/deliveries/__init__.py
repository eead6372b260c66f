"""Deliveries: every call of a webhook, waiting, done or given up, with all its attempts.

A delivery is made from a fact of the event log (or, for a pre-action webhook, when it was asked) and kept for the time
that the setting ``delivery_retention`` says. Deliveries of one conversation to one URL stand in one *lane* and are
sent one at a time, in the order of the commits; lanes know nothing of each other.
"""
