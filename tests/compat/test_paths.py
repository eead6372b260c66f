"""From a path that was asked to the operation it means, or to its shape."""

import re

import pytest

from parlour.compat.paths import Paths, is_published
from parlour.contract.rest import PUBLISHED, routes
from parlour.resources.catalogue import RESOURCES

ROUTES = [route for each in RESOURCES if each.prefix == PUBLISHED for route in routes(each)]
PATHS = Paths(ROUTES)
NAME = "CH" + "0" * 32


@pytest.mark.parametrize("name", [NAME, "Participants", "order-1", "a%2Fb", "Users", "v1"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
def test_every_operation_is_found_by_its_path_whatever_the_path_names(route: object, name: str) -> None:
    (expected,) = [each for each in ROUTES if each is route]
    found = PATHS.find(expected.method, re.sub(r"\{\w+\}", name, expected.path))
    assert found is not None
    assert found.id == expected.id


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/Users/dana/Photos", "/v1/Users/{}/Photos"),
        ("/v1/Users/dana/Photos/7", "/v1/Users/{}/Photos/{}"),
        (f"/v1/Photos/{NAME}/", "/v1/Photos/{}"),
        ("/v1/Services/IS1/Photos", "/v1/Services/{}/Photos"),
        ("/v1/", "/v1"),
        ("/v1//Users", "/v1/{}/Users"),
        ("/v1/<script>", "/v1/{}"),
        ("/v1/" + "a" * 41, "/v1/{}"),
    ],
)
def test_the_shape_of_a_path_leaves_out_what_it_names(path: str, shape: str) -> None:
    assert PATHS.find("GET", path) is None
    assert PATHS.shape(path) == shape


def test_a_shape_is_short() -> None:
    assert len(PATHS.shape("/v1" + "/Photographs" * 1000)) <= 128


@pytest.mark.parametrize(
    ("path", "expected"), [("/v1", True), ("/v1/Users", True), ("/v1x/Users", False), ("/healthz", False), ("/", False)]
)
def test_what_lies_below_v1_is_published(path: str, expected: bool) -> None:
    assert is_published(path) is expected
