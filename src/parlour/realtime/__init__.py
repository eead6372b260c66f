"""Realtime: the socket on which client SDKs live. One WebSocket carries their log-in, their calls and all news.

``socket.py`` turns bytes into packets, ``session.py`` is one log-in, ``tunnel.py`` answers the calls in it. They know
frames, tokens and numbers, and no resource by name.
"""
