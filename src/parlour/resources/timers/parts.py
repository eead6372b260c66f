"""What the resource is made of."""

from parlour.resources.timers import actions, queries
from parlour.runtime.metrics import OLDEST_TIMER, TIMERS_OVERDUE
from parlour.runtime.parts import Measure, Parts, Task

parts = Parts(
    tasks=(Task(actions.TIMERS, actions.elapse, actions.INTERVAL_SECONDS),),
    backlog=(Measure(TIMERS_OVERDUE, queries.NUMBER_OVERDUE), Measure(OLDEST_TIMER, queries.OLDEST_OVERDUE)),
)
