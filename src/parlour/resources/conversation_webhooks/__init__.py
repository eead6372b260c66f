"""Webhooks of one conversation: whom to tell what happens in it, at most five.

A ``webhook`` gets the events that its filters name, a ``trigger`` messages that contain one of its words, and
``studio`` names a flow that gets every message. What does not apply to the target is checked and then dropped. Here is
only what was asked for; others do the calling, and so a row outlives its conversation by a few days. A webhook that
was attached late can ask to be told of messages from an index on: ``replay_after`` keeps it, and no answer shows it.
wire: a trigger's words are shown as ``triggers`` and as ``filters``, since the sources have both.
"""
