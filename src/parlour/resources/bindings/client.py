"""How client SDKs register the device that they run on."""

import msgspec

from parlour.contract.form import Form
from parlour.contract.rest import PUBLISHED, Mount, Operation, Place, Resource, Verb, create, delete
from parlour.resources.bindings import actions, rights
from parlour.resources.bindings.model import Binding, Device, Registration


class RegistrationView(msgspec.Struct):
    """By what a client takes its registration back."""

    id: str


def view(binding: Binding, at: Place) -> RegistrationView:
    """The registration that *binding* is."""
    return RegistrationView(binding.sid)


registrations = Resource(
    name="ClientRegistration",
    segment="registrations",
    mount=Mount.CALLER,
    prefix=PUBLISHED,
    row=RegistrationView,
    view=view,
    operations=(
        create(Registration, actions.register_own, rights=rights.REGISTER_OWN),
        delete(actions.unregister_own, rights=rights.UNREGISTER_OWN),
    ),
)
devices = Resource(
    name="ClientDevice",
    segment="registrations",
    singleton=True,
    mount=Mount.CALLER,
    prefix=PUBLISHED,
    row=RegistrationView,
    view=view,
    operations=(Operation(Verb.DELETE, actions.unregister_own_device, Form(Device), rights=rights.UNREGISTER_OWN),),
)
"""All registrations of a device, which the body names."""
