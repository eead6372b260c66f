"""Users: the people (or bots) of a service, known by an identity that is unique in it and never changes.

A user is made by hand or implicitly, when its identity is added to a conversation. It is addressed by SID or
identity. Deleting it removes it from every conversation; its messages stay. wire: ``is_online`` and
``is_notifiable`` are null but for a fetch where the service has reachability enabled, and the user had a socket or a
device.
"""
