"""What the resource is made of."""

from parlour.resources.bindings import actions, feed
from parlour.resources.bindings.client import devices, registrations
from parlour.resources.bindings.rest import bindings
from parlour.resources.users.facts import UserRemoved
from parlour.runtime.parts import Parts, Task
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(bindings,),
    client=(registrations, devices),
    facts=feed.FACTS,
    reactions={UserRemoved: [actions.follow_user]},
    tasks=(Task(actions.BINDINGS, actions.expire, 3600.0),),
    tables=(Table("bindings"),),
)
