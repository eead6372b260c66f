"""ServiceConfiguration: the settings of a service. Each service has exactly one; it is fetched and updated, never made.

It names the roles that a service gives by default. A change concerns those who come afterwards and leaves the roles
of present users and participants as they are. A role that is a default cannot be deleted.
"""
