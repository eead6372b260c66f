"""What the resource is made of."""

from parlour.resources.roles import feed
from parlour.resources.roles.rest import roles
from parlour.runtime.parts import Parts
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(roles,),
    facts=feed.FACTS,
    tables=(Table("roles", is_locked=True),),
)
