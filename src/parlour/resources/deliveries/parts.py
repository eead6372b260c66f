"""What the resource is made of."""

from parlour.delivery import retention
from parlour.resources.deliveries.rest import deliveries
from parlour.runtime.parts import Parts, Task

parts = Parts(
    rest=(deliveries,),
    tasks=(Task(retention.HOUSEKEEPING, retention.forget, 3600.0),),
)
