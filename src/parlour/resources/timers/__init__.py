"""Timers: time makes conversations inactive and closed, without a call.

When a conversation's timers run out is written in its own row, by what starts them. Here is what looks for those that
have run out, in the order of their moments, one process at a time. ``docs/chapters/timers.md`` tells how.
"""
