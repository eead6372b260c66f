"""What the resource is made of."""

from parlour.resources.presence import actions
from parlour.resources.presence.model import HEARTBEAT_SECONDS
from parlour.resources.users.facts import UserRemoved
from parlour.runtime.parts import Parts, Task
from parlour.runtime.signals import PRESENCE
from parlour.storage.service_deletion import Table

parts = Parts(
    reactions={UserRemoved: [actions.follow_user]},
    tasks=(Task(PRESENCE, actions.keep, HEARTBEAT_SECONDS),),
    tables=(Table("presence_sockets"),),
)
