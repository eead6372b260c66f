"""Delivery: what happened reaches those outside who are to learn of it, in order and at least once, whatever breaks.

The machine knows no kind of receiver. A kind is an ``Output`` (``contract/output.py``): it plans deliveries for facts
and sends one. Everything else is here: the relay reads the event log and puts deliveries into lanes; deliverers, one in
each process, claim lanes, send what waits in them one at a time, and keep every attempt.

A *lane* holds what has to arrive in order, and belongs to one process for a while. A lane whose receiver is *away*
waits apart from the others and costs them nothing, however many there are.
"""
