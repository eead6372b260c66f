"""Participants: who takes part in a conversation, and how far they have read.

A chat participant has an identity and with it a user, made if it is missing. A channel participant has an address
(SMS, WhatsApp, …) and mostly a proxy address; such a pair is used by one participant of one conversation of the
account that is not closed. In group MMS a participant has an address alone or a projected address, and the set of
these is used by one conversation. A participant is addressed by SID or identity, never by address. wire:
``messaging_binding`` shows only the keys that are set.
"""
