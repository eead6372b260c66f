"""Services: what keeps the conversations, users and roles of an account apart. Each of those lies in one of them.

A service is born with four roles, three of them its defaults. It cannot be changed, only made and deleted, and
deleting it removes everything inside. An account always has a default service, which the short paths mean and
which cannot be deleted while it is the default. The settings of a service are shown by another resource.
"""
