"""ParticipantConversations: in which conversations an identity or an address takes part.

A list only, with one row per participant, ordered by conversation. An address is matched as the participant's own,
never as a proxy or projected one. Closed conversations are included, those still initializing are not. wire: the
messaging binding has all six keys here, null where unset.
"""
