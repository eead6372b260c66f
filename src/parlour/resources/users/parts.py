"""What the resource is made of."""

from parlour.resources.users import client, feed, sync
from parlour.resources.users.rest import users
from parlour.runtime.parts import Parts
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(users,),
    client=(client.users,),
    sync=(sync.user,),
    facts=feed.FACTS,
    tables=(Table("users", is_locked=True, is_seeded=True),),
)
