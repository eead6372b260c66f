"""Bindings: the devices to which push notifications of an identity go, and the sockets of clients (``twilsock``).

Client SDKs register them, with the push credential that their token names; over REST they are listed, fetched and
deleted. A device's token, which nobody gets to see,
has one binding per service and type: whoever registers it again takes it over, under a new SID. A binding that nobody
renewed for a year is removed, and so are those of a deleted user. What a user can be reached by decides whether it is
``is_notifiable``.
"""
