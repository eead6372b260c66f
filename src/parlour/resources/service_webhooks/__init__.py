"""ServiceWebhooks: where a service's events are sent. Each service has one; it is fetched and updated, never made.

Like the account's, and in place of them: as soon as a service has a URL of its own, the account's webhooks do not
fire for it. Until something is set everything is null but the method, which is POST unless another was sent.
"""
