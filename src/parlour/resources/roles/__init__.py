"""Roles: named sets of permissions, held by users (type ``service``) or participants (type ``conversation``).

Name and type never change; an update replaces the whole set of permissions, kept in the order given. A role that
is in use or a default of its service cannot be deleted. Roles bind the users of client SDKs only: account
credentials and API keys may do everything.
"""
