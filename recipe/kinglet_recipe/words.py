"""Names and nouns that fill templates; some are made up, so that the model learns to copy what it doesn't know."""

import random
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).parent.parent / "templates"
KINDS = {"things": "thing", "foods": "food", "animals": "animal"}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
PRONOUNS = {"he": ("he", "his", "him"), "she": ("she", "her", "her")}
_ONSETS = "b br d dr f fl g gr h j k kl l m n p pr r s sh st t tr v w z".split()
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ee", "oa"]
_CODAS = ["", "", "b", "d", "k", "l", "m", "n", "nd", "p", "r", "s", "t", "x"]
_INVENTED = 0.15


@cache
def names() -> list[tuple[str, str]]:
    """(name, "he" or "she")."""
    found = []
    for line in (TEMPLATES / "names.txt").read_text().splitlines():
        pronoun, _, rest = line.partition(": ")
        found += [(name, pronoun) for name in rest.split()]
    return found


@cache
def nouns(kind: str) -> list[tuple[str, str]]:
    """(singular, plural) of `kind`: things, foods or animals."""
    for line in (TEMPLATES / "nouns.txt").read_text().splitlines():
        name, _, rest = line.partition(": ")
        if name == kind:
            return [tuple(pair.split("/")) for pair in rest.split()]
    raise KeyError(kind)


def invented(rng: random.Random) -> str:
    """A word that no list has, of two or three syllables at most."""
    parts = (rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS) for _ in range(rng.choice((1, 2, 2))))
    return "".join(parts)


def people(rng: random.Random, count: int) -> list[tuple[str, str]]:
    chosen = rng.sample(names(), count)
    return [
        (invented(rng).capitalize(), rng.choice(("he", "she"))) if rng.random() < _INVENTED else person
        for person in chosen
    ]


def noun(rng: random.Random, kind: str) -> tuple[str, str]:
    if rng.random() < _INVENTED:
        word = invented(rng)
        return word, word + "s"
    return rng.choice(nouns(kind))
