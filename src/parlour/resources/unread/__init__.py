"""Unread: how many messages a user has not read yet, in all its conversations together.

Parlour's own; the published API only has the number of each conversation. Closed conversations do not count, nor those
in which the user has set no read horizon, since nobody knows what it has read there. The sum is exact and not capped.
"""
