"""Lanes: the deliveries of one conversation (or user) to one URL, sent one at a time and in order.

No resource: what lets any number of processes empty lanes. A lane belongs to one process for a while. A lane whose
receiver is *away*, because it did not take a delivery although that was tried as often as ``webhook_retries`` says,
waits apart from the others (``webhook_patience``) and costs them nothing, however many there are.
"""
