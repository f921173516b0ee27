"""Wordings: which are kept for tests, and how they are filled."""

import random


def pick(rng: random.Random, wordings: list, for_tests: bool):
    """The last quarter of `wordings` (at least one) is for tests alone."""
    cut = len(wordings) - max(1, len(wordings) // 4)
    return rng.choice(wordings[cut:] if for_tests else wordings[:cut])


def fill(wording: str, **values: object) -> str:
    for name, value in values.items():
        wording = wording.replace("{" + name + "}", str(value))
    return wording
