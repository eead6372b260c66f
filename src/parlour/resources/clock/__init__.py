"""Clock: the time that parlour goes by, which can be moved where it is a virtual one.

There is one for the whole database, not one per account. Whatever asks for the time follows it: stamps, timers, and
the waiting of webhooks for another try. What guards against processes that die (claims of lanes) goes by the
database's own time, and loops look around by the machine's, so that nothing stands still with a clock that does.
``docs/chapters/timers.md`` tells how the processes keep together.
"""
