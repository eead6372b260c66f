"""Notifications: what a service tells devices by push. There is one per service; it is fetched and updated, never made.

New messages, with a variant for media, being added to a conversation and being removed from it each have a switch, a
template and a sound. Everything is switched off at first. An update changes only what it names; an empty template or
sound removes it, and null means the built-in one. wire: a kind of which nothing was
ever set is ``{"enabled": false}``; any other has all its keys.
"""
