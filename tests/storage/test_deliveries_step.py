"""The step to deliveries of any kind: what waits is still sent, and what was tried is still shown."""

from uuid import UUID

import msgspec

from parlour.contract.delivery import Attempt, Delivery
from parlour.core.audience import Audience
from parlour.delivery.queries.deliveries import ATTEMPT, DELIVERY
from parlour.resources.deliveries.model import Call, Exchanged
from parlour.storage.database import Database
from parlour.storage.migrations import migrate
from tests.storage.steps import before

TOKEN = UUID("01234567-89ab-cdef-0123-456789abcdef")
_OLD = f"""
insert into deliveries (account_sid, sid, number, lane, service_sid, conversation_sid, subject_sid, event_id,
                        event_type, hook, url, method, parameters, token, state, attempts, request_sid, created_at)
values ('AC', 'WD1', 7, 'lane', 'IS', 'CH1', 'IM1', 5, 'onMessageAdded', 'WH1', 'https://a.test/x', 'POST',
        '{{"Body": "hello"}}', '{TOKEN}', 'waiting', 2, 'RQ1', now());
insert into delivery_lanes (account_sid, lane, receiver, newest, due_at)
values ('AC', 'lane', 'https://a.test', 7, now());
insert into attempts (account_sid, delivery_sid, number, url, headers, body, signed, answer_status, answer_headers,
                      answer_body, error, verdict, changed, started_at, milliseconds)
values
  ('AC', 'WD1', 0, 'https://a.test/x', '{{"Accept": "*/*"}}', 'Body=hello', 'signed', null, null, null, 'no answer',
   'retry', null, now(), 5000),
  ('AC', 'WD1', 1, 'https://a.test/x', '{{"Accept": "*/*"}}', 'Body=hello', 'signed', 503, '{{"Server": "a"}}',
   'later', null, 'retry', '{{"body": "x"}}', now(), 12.5);
"""


async def test_what_waits_and_what_was_tried_comes_along(postgres: str) -> None:
    async with before(postgres, "0016") as old:
        await old.connection.execute(_OLD)
        await migrate(old.url)
        async with Database(old.url, connections=1) as database, database.session() as reading:
            delivery = Delivery(*await reading.fetchone(f"select {DELIVERY} from deliveries"))
            rows = await reading.fetch(f"select {ATTEMPT} from attempts order by number")
            first, second = [Attempt(*row) for row in rows]
            lane = await reading.fetchone("select lane, audience, receiver, newest from delivery_lanes")
            reader = await reading.fetchval("select reader from log_positions")
    assert (delivery.sid, delivery.number, delivery.lane, delivery.state) == ("WD1", 7, "lane", "waiting")
    assert (delivery.audience, delivery.target) == (Audience.WEBHOOK, "WH1")
    assert Call.of(delivery) == Call("https://a.test/x", "POST", {"Body": "hello"}, TOKEN)
    assert tuple(lane) == ("lane", Audience.WEBHOOK, "https://a.test", 7)
    assert reader == "webhook"
    assert (first.status, first.error, first.verdict, first.milliseconds) == (None, "no answer", "retry", 5000)
    assert (second.status, second.error) == (503, None)
    sent = Exchanged("https://a.test/x", {"Accept": "*/*"}, "Body=hello", "signed", {}, "")
    assert Exchanged.of(first) == sent
    answered = msgspec.structs.replace(sent, answer_headers={"Server": "a"}, answer_body="later", changed={"body": "x"})
    assert Exchanged.of(second) == answered
