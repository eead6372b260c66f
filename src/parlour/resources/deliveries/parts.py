"""What the resource is made of."""

from parlour.delivery import retention
from parlour.delivery.queries import deliveries as delivery_queries
from parlour.delivery.queries import lanes
from parlour.resources.deliveries.rest import deliveries
from parlour.runtime.metrics import DELIVERIES_WAITING, LANES_AWAY, OLDEST_AWAY, OLDEST_DELIVERY
from parlour.runtime.parts import Measure, Parts, Task

parts = Parts(
    rest=(deliveries,),
    tasks=(Task(retention.HOUSEKEEPING, retention.forget, 3600.0),),
    backlog=(
        Measure(DELIVERIES_WAITING, delivery_queries.NUMBER_WAITING),
        Measure(OLDEST_DELIVERY, lanes.OLDEST_DUE),
        Measure(LANES_AWAY, lanes.NUMBER_AWAY),
        Measure(OLDEST_AWAY, lanes.OLDEST_AWAY),
    ),
)
