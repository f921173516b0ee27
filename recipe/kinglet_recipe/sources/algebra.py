"""Comparisons, simple equations and sequences."""

import random
from collections.abc import Callable, Iterator

from ..problem import Problem
from ..wording import fill, pick
from ..working import Working

Draft = tuple[str, str, Working, str, str]  # skill, wording, question, working, answer


def _compare(working: Working, a: int, b: int) -> int:
    """Writes how a and b compare, from their lengths or the first digits that differ, and returns the larger."""
    x, y = str(a), str(b)
    if len(x) != len(y):
        working.note(f"{len(x)} digits{'<' if len(x) < len(y) else '>'}{len(y)} digits")
        return max(a, b)
    for p, q in zip(x, y, strict=True):
        working.note(f"{p}{'=' if p == q else '<' if p < q else '>'}{q}")
        if p != q:
            break
    return max(a, b)


def compare(rng: random.Random, for_tests: bool) -> Draft:
    digits = rng.randint(2, 5)
    a = rng.randrange(10 ** (digits - 1), 10**digits)
    near = [a + rng.randint(-30, 30), int("".join(rng.sample(str(a), digits))), rng.randrange(1, 10**digits)]
    b = abs(rng.choice(near))
    if b == a:
        b += 1
    larger = rng.random() < 0.5
    wording = pick(rng, "larger" if larger else "smaller", for_tests)
    working = Working()
    top = _compare(working, a, b)
    answer = top if larger else min(a, b)
    return "compare", wording, fill(wording, a=a, b=b), working, str(answer)


def equation(rng: random.Random, for_tests: bool) -> Draft:
    x = rng.choice("xxxyzntabk")
    value = rng.randint(1, 40)
    kind = rng.choice(("+", "+", "-", "from", "*", "/", "*+", "*+", "*-"))
    k = rng.randint(2, 60)
    working = Working()
    wording = pick(rng, "equations", for_tests)
    if kind == "+":
        sides = rng.choice((f"{x} + {k}", f"{k} + {x}")), value + k
        working.note(f"{x}={value + k}-{k}")
        working.sub(value + k, k)
    elif kind == "-":
        sides = f"{x} - {k}", value
        value = working.add(value, k)
        working.lines.insert(0, f"{x}={value - k}+{k}")
    elif kind == "from":
        sides = f"{value + k} - {x}", k
        working.note(f"{x}={value + k}-{k}")
        working.sub(value + k, k)
    elif kind == "*":
        k = rng.randint(2, 12)
        sides = rng.choice((f"{k}{x}", f"{k} * {x}", f"{x} * {k}")), k * value
        working.note(f"{x}={k * value}/{k}")
        working.div(k * value, k)
    elif kind == "/":
        k = rng.randint(2, 12)
        sides = f"{x} / {k}", value
        working.note(f"{x}={value}*{k}")
        value = working.mul(value, k)
    else:
        m = rng.randint(2, 9)
        total = m * value + (k if kind == "*+" else -k)
        if total < 0:
            k, total = 1, m * value - 1
        sides = f"{m}{x} {kind[1]} {k}", total
        working.note(f"{m}{x}={total}{'-' if kind == '*+' else '+'}{k}")
        working.sub(total, k) if kind == "*+" else working.add(total, k)
        working.note(f"{x}={m * value}/{m}")
        working.div(m * value, m)
    text = f"{sides[0]} = {sides[1]}" if rng.random() < 0.9 else f"{sides[1]} = {sides[0]}"
    if rng.random() < 0.2:
        text = text.replace(" ", "")
    return "equations", wording, fill(wording, e=text, x=x), working, str(value)


def sequence(rng: random.Random, for_tests: bool) -> Draft:
    working = Working()
    wording = pick(rng, "sequences", for_tests)
    count = rng.randint(3, 5)
    if rng.random() < 0.25:
        ratio, first = rng.choice((2, 2, 3, 10)), rng.randint(1, 9)
        terms = [first * ratio**i for i in range(min(count, 4))]
        working.note(f"{terms[1]} is {terms[0]}*{ratio}, {terms[2]} is {terms[1]}*{ratio}")
        answer = working.mul(terms[-1], ratio)
    else:
        step, first = rng.randint(2, 25), rng.randint(0, 60)
        terms = [first + step * i for i in range(count)]
        if rng.random() < 0.3:
            terms.reverse()
            first_step = working.sub(terms[0], terms[1])
            answer = working.sub(terms[-1], first_step)
            if answer < 0:
                return sequence(rng, for_tests)
        else:
            answer = working.add(terms[-1], working.sub(terms[1], terms[0]))
    return "sequences", wording, fill(wording, s=", ".join(map(str, terms))), working, str(answer)


KINDS: list[tuple[Callable[[random.Random, bool], Draft], float]] = [(compare, 1.0), (equation, 2.0), (sequence, 1.0)]


def generate(rng: random.Random, for_tests: bool) -> Iterator[Problem]:
    while True:
        make = rng.choices([make for make, _ in KINDS], [weight for _, weight in KINDS])[0]
        skill, wording, question, working, answer = make(rng, for_tests)
        yield Problem(
            source="algebra",
            skill=skill,
            question=question,
            thought=working.text(),
            answer=answer,
            template=wording,
            structure=skill,
            pairs=working.pairs,
            steps=max(1, len(working.pairs)),
        )
