"""Presence: who is connected, over all processes, so that a user shows whether they are online.

Only where a service has reachability enabled; elsewhere nothing is written. Each process has a row per identity that
has sockets in it, and shows every few seconds that it lives; the rows of one that does no longer are cleared by the
others. The rows are not logged: after a crash of PostgreSQL they are empty, the processes write theirs anew, and who
is called online without a row is not for long. A user is changed with their row locked, so that of two processes that
see the first socket come and the last one go the later one counts both.
"""
