"""Whole numbers: addition, subtraction, multiplication and division, of one to four digits."""

import random
from collections.abc import Iterator

from ..problem import Problem
from ..wording import wordings
from ..working import Working

# These make no sense where the result is negative.
_MAY_BE_NEGATIVE = ("{a} minus {b}", "Subtract {b} from {a}.")
_SIGNS = {
    "addition": ["+", " + ", " + "],
    "subtraction": ["-", " - ", " - ", " \u2212 "],
    "multiplication": ["*", " * ", " x ", " × ", "×", "x", " \\times "],
    "division": ["/", " / ", " ÷ ", " : ", "÷"],
}
# Skills with the share of each in what is generated.
SKILLS = {"addition": 0.32, "subtraction": 0.3, "multiplication": 0.26, "division": 0.12}


def _wording(rng: random.Random, skill: str, negative: bool, for_tests: bool) -> str:
    """A wording with {a} and {b}, from those kept for the tests or from the others."""
    frames = wordings("integers ask", for_tests)
    if rng.random() < 0.65 or (negative and for_tests):
        return rng.choice(frames).replace("{task}", "{a}" + rng.choice(_SIGNS[skill]) + "{b}")
    wording = rng.choice([w for w in wordings(f"integers {skill}", for_tests) if not negative or w in _MAY_BE_NEGATIVE])
    if wording[0] in "{t" and rng.random() < 0.7:
        return rng.choice(frames).replace("{task}", wording)
    return wording


def _number(rng: random.Random, digits: int) -> int:
    return rng.randrange(10 ** (digits - 1) if digits > 1 else 0, 10**digits)


def _written(rng: random.Random, n: int) -> str:
    return f"{n:,}" if n >= 1000 and rng.random() < 0.15 else str(n)


def operands(rng: random.Random, skill: str) -> tuple[int, int]:
    """Operands for `skill`: each length of the longer one alike."""
    if skill in ("addition", "subtraction"):
        longer = rng.choice((1, 2, 2, 3, 3, 4, 4, 4))
        a, b = _number(rng, longer), _number(rng, longer if rng.random() < 0.6 else rng.randint(1, longer))
        if skill == "subtraction" and a < b and rng.random() < 0.8:
            return b, a
        return (a, b) if skill == "subtraction" or rng.random() < 0.5 else (b, a)
    if skill == "multiplication":
        shape = rng.choice(((1, 1), (2, 1), (2, 1), (2, 2), (2, 2), (2, 2), (2, 2), (3, 1), (3, 2)))
        a, b = _number(rng, shape[0]), _number(rng, shape[1])
        return (a, b) if rng.random() < 0.6 else (b, a)
    divisor = rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 30))
    quotient = _number(rng, rng.choice((1, 2, 2, 3)))
    rest = rng.randrange(divisor) if rng.random() < 0.15 else 0
    return divisor * quotient + rest, divisor


def solve(skill: str, a: int, b: int) -> tuple[Working, str]:
    working = Working()
    if skill == "addition":
        return working, str(working.add(a, b))
    if skill == "subtraction":
        return working, str(working.sub(a, b))
    if skill == "multiplication":
        return working, str(working.mul(a, b))
    quotient, rest = working.div(a, b)
    return working, str(quotient) if rest == 0 else f"{quotient} remainder {rest}"


def generate(rng: random.Random, for_tests: bool) -> Iterator[Problem]:
    while True:
        skill = rng.choices(list(SKILLS), SKILLS.values())[0]
        a, b = operands(rng, skill)
        working, answer = solve(skill, a, b)
        wording = _wording(rng, skill, skill == "subtraction" and a < b, for_tests)
        yield Problem(
            source="integers",
            skill=skill,
            question=wording.replace("{a}", _written(rng, a)).replace("{b}", _written(rng, b)),
            thought=working.text(),
            answer=answer,
            template=wording,
            structure=skill,
            pairs=working.pairs,
            digits=max(len(str(a)), len(str(b))),
        )
