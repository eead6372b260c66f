"""Real dialogues to fill a workspace with: some of each language in the package chatterbot_corpus, read as they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

TOPICS = ("conversations", "coversations", "greetings", "greeting", "food", "health", "history", "science")
"""The files to take, the best first; one of them is spelt so in the package."""

TOPICS_PER_LANGUAGE = 3
LINES_PER_DIALOGUE = 12


@dataclass(frozen=True)
class Dialogue:
    """Lines that two people say in turn."""

    language: str
    """As the package calls it: ``traditionalchinese``."""
    topic: str
    """The file's name; with the language it names the dialogue."""
    title: str
    """The topic as the language has it, where the package says."""
    lines: list[str]

    @property
    def name(self) -> str:
        return f"{self.language}-{self.topic}"


def dialogues() -> Iterator[Dialogue]:
    """The dialogues of every language, by language."""
    for folder in sorted(path for path in _corpus().iterdir() if path.is_dir()):
        found = [folder / f"{topic}.yml" for topic in TOPICS if (folder / f"{topic}.yml").exists()]
        for file in found[:TOPICS_PER_LANGUAGE]:
            yield _read(folder.name, file)


def _corpus() -> Path:
    return Path(str(files("chatterbot_corpus"))) / "data"


def _read(language: str, file: Path) -> Dialogue:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    spoken = [line for lines in content["conversations"] for line in lines if isinstance(line, str)]
    title = f"{content['categories'][0].capitalize()} · {language.capitalize()}"
    return Dialogue(language, file.stem, title, spoken[:LINES_PER_DIALOGUE])
