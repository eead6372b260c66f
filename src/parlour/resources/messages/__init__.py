"""Messages: what is said in a conversation, numbered from 0 without gaps at birth; a deletion leaves one.

Anybody may be the author; where a participant has that identity or address, the message names it. A message wakes
an inactive conversation and restarts its timers. It is written by one statement, which many callers share (see
``storage/group.py``). Messages also keep count of what participants have read: deleting one, and moving a read
horizon, keeps ``read_count`` exact, so that an unread count is one subtraction.
"""
