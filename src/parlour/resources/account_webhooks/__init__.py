"""AccountWebhooks: where an account's events are sent. There is exactly one; it is fetched and updated, never made.

One URL is called before an action and one after it, and of the 23 events only those named by the filters fire;
as long as there are no filters, none does. A service that has a URL of its own is not concerned. The filters of an
update replace all those before; an empty one leaves none. An empty URL removes it.
"""
