"""The steps of the schema are one line, also when two of them were written beside each other."""

from parlour.storage import migrations


def test_every_step_has_a_number_of_its_own_up_to_the_newest() -> None:
    numbers = sorted(step.name[:4] for step in (migrations._FOLDER / "versions").glob("[0-9]*.py"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert numbers[-1] == migrations.HEAD
