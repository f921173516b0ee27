"""Wordings from `templates/wordings.txt`: which are kept for tests, and how they are filled.

A section is `## name` and a wording a line; `\\n` in it is a line end. Those after `test: ` are for tests alone.
"""

import random
from functools import cache

from .words import TEMPLATES

_TEST = "test: "


@cache
def _sections() -> dict[str, tuple[list[str], list[str]]]:
    """Of each section the wordings to train on, and those for tests."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    lists: tuple[list[str], list[str]] = ([], [])
    for line in (TEMPLATES / "wordings.txt").read_text().splitlines():
        if line.startswith("## "):
            lists = found[line[3:]] = ([], [])
        elif line:
            lists[line.startswith(_TEST)].append(line.removeprefix(_TEST).replace("\\n", "\n"))
    return found


def wordings(section: str, for_tests: bool) -> list[str]:
    return _sections()[section][for_tests]


def pick(rng: random.Random, section: str, for_tests: bool) -> str:
    return rng.choice(wordings(section, for_tests))


def pick_signed(rng: random.Random, section: str, for_tests: bool) -> tuple[str, str]:
    """Of a section whose wordings begin with the operation that they ask for, as `(+) `: operation and wording."""
    wording = pick(rng, section, for_tests)
    return wording[1], wording[4:]


def fill(wording: str, **values: object) -> str:
    for name, value in values.items():
        wording = wording.replace("{" + name + "}", str(value))
    return wording
