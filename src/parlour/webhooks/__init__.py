"""Webhooks: how parlour calls the integrator's servers, before a change (``ask``) and after it (``deliver``).

What the calls say is declared by the resources (their ``webhook.py``); which hooks there are is configured at the
account, at a service or at a conversation; what was sent and answered is kept by ``resources/deliveries``.
"""
