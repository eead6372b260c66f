"""How the settings of an account look over REST."""

import msgspec

from parlour.contract.rest import Mount, Place, Resource, fetch, update
from parlour.resources.accounts.model import Account
from parlour.resources.configuration import actions
from parlour.resources.configuration.model import ConfigurationEdit


class ConfigurationView(msgspec.Struct):
    """The settings as callers see them."""

    account_sid: str
    default_chat_service_sid: str | None
    default_messaging_service_sid: str | None
    default_inactive_timer: str | None
    default_closed_timer: str | None
    url: str
    links: dict[str, str]


def view(account: Account, at: Place) -> ConfigurationView:
    """The settings of *account*."""
    return ConfigurationView(
        account_sid=account.sid,
        default_chat_service_sid=account.default_service_sid,
        default_messaging_service_sid=account.default_messaging_service_sid,
        default_inactive_timer=account.default_inactive_timer,
        default_closed_timer=account.default_closed_timer,
        url=f"{at.base}/Configuration",
        links={
            "service": f"{at.base}/Services/{account.default_service_sid}/Configuration",
            "webhooks": f"{at.base}/Configuration/Webhooks",
        },
    )


configuration = Resource(
    name="Configuration",
    segment="Configuration",
    mount=Mount.ACCOUNT,
    singleton=True,
    row=ConfigurationView,
    view=view,
    operations=(fetch(actions.fetch), update(ConfigurationEdit, actions.update)),
)
