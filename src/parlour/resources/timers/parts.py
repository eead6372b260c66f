"""What the resource is made of."""

from parlour.resources.timers import actions
from parlour.runtime.parts import Parts, Task

parts = Parts(
    tasks=(Task(actions.TIMERS, actions.elapse, actions.INTERVAL_SECONDS),),
)
