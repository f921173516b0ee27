"""Everyday talk, and what the model can't do: intents with their wordings, from `templates/`."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from ..held_out import is_for_tests
from ..problem import Problem
from ..words import TEMPLATES, invented

FILES = {"talk": "talk.txt", "beyond": "beyond.txt"}
_TESTS_ONE_IN = 6
_INVENTED = 0.15


@dataclass
class Intent:
    name: str
    thoughts: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    fillers: list[str] = field(default_factory=list)


@cache
def intents(kind: str) -> tuple[Intent, ...]:
    found: list[Intent] = []
    for number, line in enumerate((TEMPLATES / FILES[kind]).read_text().splitlines(), 1):
        mark, _, text = line.partition(" ")
        if mark == "##":
            found.append(Intent(text))
        elif mark == "T:":
            found[-1].thoughts.append(text)
        elif mark == "Q:":
            found[-1].questions.append(text)
        elif mark == "A:":
            found[-1].answers.append(text)
        elif mark == "X:":
            found[-1].fillers += [word.strip() for word in text.split(";") if word.strip()]
        elif line.strip():
            raise ValueError(f"{FILES[kind]}:{number}: starts with none of ##, T:, Q:, A:, X:")
    return tuple(found)


def _worn(rng: random.Random, text: str) -> str:
    """As people type: at times in lower case, without the full stop."""
    if rng.random() < 0.25:
        text = text.lower()
    if rng.random() < 0.2:
        text = text.rstrip(".?!")
    return text


def generate(rng: random.Random, for_tests: bool) -> Iterator[Problem]:
    pools = {
        kind: [
            (intent, [q for q in intent.questions if is_for_tests(q, _TESTS_ONE_IN) == for_tests])
            for intent in intents(kind)
        ]
        for kind in FILES
    }
    while True:
        kind = rng.choice(list(pools))
        intent, wordings = rng.choice(pools[kind])
        if not wordings:
            continue
        wording = rng.choice(wordings)
        filler = ""
        if "{x}" in wording:
            filler = invented(rng) if rng.random() < _INVENTED else rng.choice(intent.fillers)
        yield Problem(
            source="talk",
            skill=kind,
            question=_worn(rng, wording.replace("{x}", filler)),
            thought=rng.choice(intent.thoughts),
            answer="",
            template=wording,
            structure=intent.name,
            reply=rng.choice(intent.answers),
        )
