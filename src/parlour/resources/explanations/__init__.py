"""Explanations: what became of one thing, in plain sentences, each with the recorded facts that it rests on.

They say why a webhook was called or not, what a pre-action webhook made of a change, why an unread count is null, and
why a user's clients were shown something live or were not.
They are made when they are asked for, from the event log, the flight recorder and the configuration as it is now. How
webhooks were configured earlier is not recorded; the sentences say where that matters.
"""
