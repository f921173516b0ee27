"""Comparisons, simple equations and sequences."""

import random
from collections.abc import Callable, Iterator

from ..problem import Problem
from ..wording import fill, pick
from ..working import Working

Draft = tuple[str, str, Working, str, str]  # skill, wording, question, working, answer

_LARGER = ["Which is larger, {a} or {b}?", "Which number is bigger: {a} or {b}?", "Is {a} or {b} greater?", "What is the larger of {a} and {b}?",
           "Compare {a} and {b}. Which is larger?", "{a} or {b}, which is more?", "Which is more, {a} or {b}?", "which is bigger {a} or {b}", "Name the larger number: {a}, {b}.",
           "Is {a} bigger than {b}, or the other way round?", "Pick the greater one: {a} or {b}.", "Find the larger of {a} and {b}.", "What is greater, {a} or {b}?",
           "Of {a} and {b}, which is larger?", "The larger of {a} and {b} is?", "Which of {a} and {b} is the greater?", "Tell me which is bigger, {a} or {b}."]
_SMALLER = ["Which is smaller, {a} or {b}?", "Which number is less: {a} or {b}?", "Is {a} or {b} smaller?", "What is the smaller of {a} and {b}?",
            "Compare {a} and {b}. Which is smaller?", "{a} or {b}, which is less?", "Which is less, {a} or {b}?", "which is smaller {a} or {b}", "Name the smaller number: {a}, {b}.",
            "Is {a} smaller than {b}, or the other way round?", "Pick the lesser one: {a} or {b}.", "Find the smaller of {a} and {b}.", "What is smaller, {a} or {b}?",
            "Of {a} and {b}, which is smaller?", "The smaller of {a} and {b} is?", "Which of {a} and {b} is the lesser?", "Tell me which is smaller, {a} or {b}."]


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
    wording = pick(rng, _LARGER if larger else _SMALLER, for_tests)
    working = Working()
    top = _compare(working, a, b)
    answer = top if larger else min(a, b)
    return "compare", wording, fill(wording, a=a, b=b), working, str(answer)


_SOLVE = ["Solve {e}.", "Solve for {x}: {e}", "What is {x} if {e}?", "Find {x}: {e}", "If {e}, what is {x}?", "{e}. What is {x}?", "Find the value of {x} if {e}.",
          "{e}", "solve {e} for {x}", "Given {e}, find {x}.", "Tell me {x} if {e}.", "Which {x} makes {e} true?", "Work out {x} when {e}."]


def equation(rng: random.Random, for_tests: bool) -> Draft:
    x = rng.choice("xxxyzntabk")
    value = rng.randint(1, 40)
    kind = rng.choice(("+", "+", "-", "from", "*", "/", "*+", "*+", "*-"))
    k = rng.randint(2, 60)
    working = Working()
    wording = pick(rng, _SOLVE, for_tests)
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


_NEXT = ["What comes next: {s}, ...?", "{s}, ?", "Find the next number: {s}", "What is the next number in {s}?", "Continue the sequence {s}.", "Which number follows? {s}",
         "What is the next term of {s}, ...?", "{s}, ...", "what comes after {s}", "Here is a sequence: {s}. What is next?", "Which number comes next in {s}?",
         "Extend {s} by one number.", "The numbers are {s}. Find the next one.", "Next number: {s}", "What number should follow {s}?", "{s}, ... what comes next?", "Complete: {s}, __", "Tell me the number after {s}.", "How does it go on? {s}"]


def sequence(rng: random.Random, for_tests: bool) -> Draft:
    working = Working()
    wording = pick(rng, _NEXT, for_tests)
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
            source="algebra", skill=skill, question=question, thought=working.text(), answer=answer,
            template=wording, structure=skill, pairs=working.pairs, steps=max(1, len(working.pairs)),
        )
