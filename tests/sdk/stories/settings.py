"""What is set up before anybody talks: services, their settings, webhooks, roles, credentials, addresses."""

from tests.sdk.library import Library, refusal


def services_and_configuration(client: Library) -> None:
    v1 = client.v1
    default = v1.configuration().fetch().default_chat_service_sid
    service = v1.services.create(friendly_name="A second one")
    assert service.friendly_name == "A second one"
    assert service.date_created.tzinfo is not None
    assert v1.services(service.sid).fetch().sid == service.sid
    assert [each.sid for each in v1.services.list()] == [default, service.sid]

    changed = v1.configuration().update(
        default_chat_service_sid=service.sid, default_inactive_timer="PT1H", default_closed_timer="P1D"
    )
    assert changed.default_chat_service_sid == service.sid
    assert (changed.default_inactive_timer, changed.default_closed_timer) == ("PT1H", "P1D")
    assert refusal(v1.services(service.sid).delete)[:2] == (400, 20001)
    v1.configuration().update(default_chat_service_sid=default)
    assert v1.services(service.sid).delete() is True
    assert refusal(v1.services(service.sid).fetch) == (
        404,
        20404,
        f"The requested resource /Services/{service.sid} was not found",
    )


def settings_of_services(client: Library) -> None:
    v1 = client.v1
    service = v1.services(v1.configuration().fetch().default_chat_service_sid)
    role = service.roles.create(friendly_name="guest", type="conversation", permission=["sendMessage"])
    before = service.configuration().fetch()
    after = service.configuration().update(
        default_conversation_creator_role_sid=role.sid,
        default_conversation_role_sid=role.sid,
        default_chat_service_role_sid=before.default_chat_service_role_sid,
        reachability_enabled=True,
    )
    assert (before.reachability_enabled, after.reachability_enabled) == (False, True)
    assert after.default_conversation_creator_role_sid == after.default_conversation_role_sid == role.sid
    assert refusal(service.roles(role.sid).delete)[:2] == (409, 20409)
    told = refusal(lambda: service.configuration().update(default_chat_service_role_sid=role.sid))
    assert told == (404, 50102, "Service role not found")

    assert service.configuration.notifications().fetch().new_message["enabled"] is False
    notifications = service.configuration.notifications().update(
        log_enabled=True,
        new_message_enabled=True,
        new_message_template="${PARTICIPANT}: ${MESSAGE}",
        new_message_badge_count_enabled=True,
        new_message_with_media_enabled=True,
        removed_from_conversation_sound="gong",
    )
    assert notifications.log_enabled is True
    assert notifications.new_message == {
        "enabled": True,
        "template": "${PARTICIPANT}: ${MESSAGE}",
        "badge_count_enabled": True,
        "sound": None,
        "with_media": {"enabled": True, "template": None},
    }
    assert notifications.added_to_conversation == {"enabled": False}
    assert notifications.removed_from_conversation == {"enabled": False, "template": None, "sound": "gong"}


def webhooks(client: Library) -> None:
    v1 = client.v1
    of_account = v1.configuration.webhooks()
    assert (of_account.fetch().method, of_account.fetch().filters) == ("POST", None)
    changed = of_account.update(
        method="GET",
        filters=["onMessageAdd", "onMessageAdded"],
        pre_webhook_url="https://example.org/before",
        post_webhook_url="https://example.org/after",
        target="flex",
    )
    assert (changed.method, changed.target) == ("GET", "flex")
    assert changed.filters == ["onMessageAdd", "onMessageAdded"]
    assert of_account.update(pre_webhook_url="").pre_webhook_url is None
    assert of_account.fetch().post_webhook_url == "https://example.org/after"
    told = refusal(lambda: of_account.update(method="PUT"))
    assert told == (400, 50055, "Invalid webhook method")

    of_service = v1.services(v1.configuration().fetch().default_chat_service_sid).configuration.webhooks()
    assert (of_service.fetch().method, of_service.fetch().post_webhook_url) == ("POST", None)
    changed = of_service.update(post_webhook_url="https://example.org/", filters=["onUserAdded"], method="POST")
    assert (changed.method, changed.filters) == ("POST", ["onUserAdded"])
    assert of_service.fetch().post_webhook_url == "https://example.org/"
    assert refusal(lambda: of_service.update(post_webhook_url="nowhere"))[:2] == (400, 50078)


def roles(client: Library) -> None:
    roles = client.scope.roles
    assert [each.friendly_name for each in roles.list()] == [
        "service admin",
        "service user",
        "channel admin",
        "channel user",
    ]
    role = roles.create(friendly_name="guest", type="conversation", permission=["sendMessage", "leaveConversation"])
    assert (role.type, role.permissions) == ("conversation", ["sendMessage", "leaveConversation"])
    assert roles(role.sid).update(permission=["editOwnMessage"]).permissions == ["editOwnMessage"]
    assert roles(role.sid).fetch().permissions == ["editOwnMessage"]
    assert roles(role.sid).delete() is True
    assert refusal(roles(role.sid).fetch)[:2] == (404, 20404)


def credentials(client: Library) -> None:
    credentials = client.v1.credentials
    credential = credentials.create(
        type="apn", friendly_name="iPhones", certificate="a certificate", private_key="a key", sandbox=True
    )
    assert (credential.type, credential.friendly_name, credential.sandbox) == ("apn", "iPhones", "True")
    changed = credentials(credential.sid).update(type="fcm", secret="a secret", api_key="a key", sandbox=False)
    assert (changed.type, changed.friendly_name, changed.sandbox) == ("fcm", "iPhones", None)
    assert credentials(credential.sid).fetch().date_created == credential.date_created
    assert [each.sid for each in credentials.list()] == [credential.sid]
    assert credentials(credential.sid).delete() is True
    assert refusal(credentials(credential.sid).fetch)[:2] == (404, 20404)


def address_configurations(client: Library) -> None:
    addresses = client.v1.address_configurations
    service = client.v1.configuration().fetch().default_chat_service_sid
    flow = "FW" + "0" * 32
    made = addresses.create(
        type="sms",
        address="+15551230000",
        friendly_name="The hotline",
        address_country="US",
        auto_creation_enabled=True,
        auto_creation_type="webhook",
        auto_creation_conversation_service_sid=service,
        auto_creation_webhook_url="https://shop.example/hook",
        auto_creation_webhook_method="GET",
        auto_creation_webhook_filters=["onMessageAdded", "onConversationAdded"],
    )
    assert (made.type, made.address, made.address_country) == ("sms", "+15551230000", "US")
    assert made.auto_creation == {
        "enabled": True,
        "type": "webhook",
        "conversation_service_sid": service,
        "webhook_url": "https://shop.example/hook",
        "webhook_method": "GET",
        "webhook_filters": ["onMessageAdded", "onConversationAdded"],
        "binding_name": None,
        "studio_flow_sid": None,
        "studio_retry_count": None,
    }
    changed = addresses("+15551230000").update(
        auto_creation_type="studio", auto_creation_studio_flow_sid=flow, auto_creation_studio_retry_count=2
    )
    assert (changed.auto_creation["studio_flow_sid"], changed.auto_creation["studio_retry_count"]) == (flow, 2)
    assert addresses(made.sid).fetch().friendly_name == "The hotline"
    assert [each.sid for each in addresses.list(type="sms")] == [made.sid]
    assert addresses.list(type="email") == []
    assert refusal(lambda: addresses.create(type="sms", address="+15551230000"))[:2] == (409, 20409)
    assert addresses("+15551230000").delete() is True
    assert refusal(addresses(made.sid).fetch)[:2] == (404, 20404)
