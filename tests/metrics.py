"""Metrics as Prometheus would read them."""

import asyncio
from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from tests.account_client import AccountClient

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Samples:
    """The samples of an exposition, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(samples: Samples, name: str, **labels: str) -> float:
    """The sum of all samples of that name with these labels among theirs."""
    wanted = set(labels.items())
    return sum(value for (found, has), value in samples.items() if found == name and wanted <= has)


def names(samples: Samples) -> set[str]:
    return {name for name, _ in samples}


async def scraped(api: AccountClient) -> Samples:
    """What ``/metrics`` says now."""
    answer = await api.get(f"{api.url}/metrics")
    assert answer.status == 200, answer.body
    return parsed(answer.body.decode())


async def scraped_until(api: AccountClient, condition: Callable[[Samples], bool]) -> Samples:
    """What it says as soon as the condition holds."""
    async with asyncio.timeout(30):
        while not condition(samples := await scraped(api)):
            continue
    return samples
