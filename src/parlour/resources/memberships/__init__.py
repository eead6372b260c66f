"""Memberships: how end users take part in a conversation, which says what they may do in it.

Not a resource of the API: the rows are those of participants, with what their roles permit. It stands below all that
lies in a conversation, so that each of them can ask. See the chapter on permissions.
"""
