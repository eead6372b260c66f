"""AddressConfigurations: what becomes of a message from a stranger to one of the account's own addresses.

With ``auto_creation`` enabled it opens a conversation in the named service, or else in the account's default one; the
conversation gets a webhook or a flow of its own if the type says so. There is one per address, and it can be named by
its SID or its address. Type, address and country never change. wire: ``auto_creation`` always has all of its keys, with
nulls for what its type does not use, and the method in upper case.
"""
