"""Decimals, money, fractions, percentages, units and time."""

import random
from collections.abc import Callable, Iterator
from math import gcd

from ..problem import Problem
from ..wording import fill, pick, pick_signed
from ..words import DAYS, people
from ..working import Working

Draft = tuple[str, str, Working, str]  # wording, question, working, answer


def _scaled(n: int, places: int) -> str:
    whole, part = divmod(abs(n), 10**places)
    return f"{'-' if n < 0 else ''}{whole}.{part:0{places}d}"


def decimals(rng: random.Random, for_tests: bool) -> Draft:
    places = rng.choice((1, 1, 2))
    scale = 10**places
    kind = rng.choice(("+", "-", "*"))
    a = rng.randrange(1, 100 * scale)
    working = Working()
    if kind == "*":
        a, b = rng.randrange(1, 20 * scale), rng.randrange(2, 10)
        wording = pick(rng, "decimals *", for_tests)
        working.note(f"{_scaled(a, places)} is {a}/{scale}")
        answer = _scaled(working.mul(a, b), places)
        working.note(f"with {places} decimal{'s' if places > 1 else ''}: {answer}")
        return wording, fill(wording, a=_scaled(a, places), b=b), working, answer
    b = rng.randrange(1, 100 * scale)
    if kind == "-" and a < b:
        a, b = b, a
    wording = pick(rng, f"decimals {kind}", for_tests)
    working.note(f"{_scaled(a, places)} is {a}/{scale}, {_scaled(b, places)} is {b}/{scale}")
    answer = _scaled(working.add(a, b) if kind == "+" else working.sub(a, b), places)
    working.note(f"with {places} decimal{'s' if places > 1 else ''}: {answer}")
    return wording, fill(wording, a=_scaled(a, places), b=_scaled(b, places)), working, answer


_GOODS = (
    "pen cup book ticket sandwich lamp toy shirt hat cake ball plant bag map bowl chair mug kite drum puzzle".split()
)


def money(rng: random.Random, for_tests: bool) -> Draft:
    kind, wording = pick_signed(rng, "money", for_tests)
    a, b = rng.randrange(1, 400) * 5, rng.randrange(1, 400) * 5
    if kind == "-" and a < b:
        a, b = b, a
    working = Working()
    x, y = rng.sample(_GOODS, 2)
    if kind == "*":
        b = rng.randrange(2, 10)
        cents = working.mul(a, b)
    else:
        cents = working.add(a, b) if kind == "+" else working.sub(a, b)
    working.lines.insert(0, "in cents")
    answer = f"${_scaled(cents, 2)}"
    working.note(f"{cents} cents is {answer}")
    price = {"a": _scaled(a, 2), "b": b if kind == "*" else _scaled(b, 2)}
    return wording, fill(wording, x=x, y=y, N=people(rng, 1)[0][0], **price), working, answer


_PARTS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth"}


def fraction_of(rng: random.Random, for_tests: bool) -> Draft:
    under = rng.randint(2, 10)
    over = rng.randint(1, under - 1)
    n = under * rng.randint(2, 40)
    wording = pick(rng, "fraction of", for_tests)
    working = Working()
    answer, _ = working.div(n, under)
    if over > 1:
        answer = working.mul(answer, over)
    part = _PARTS[under] if over == 1 and under in _PARTS and rng.random() < 0.5 else f"{over}/{under}"
    return wording, fill(wording, part=part, n=n), working, str(answer)


def _reduced(working: Working, over: int, under: int) -> str:
    common = gcd(over, under)
    if common > 1 and over:
        working.note(f"{over}/{under}: divide both by {common}, so {over // common}/{under // common}")
    over, under = over // common, under // common
    return str(over) if under == 1 else f"{over}/{under}"


def fraction_sum(rng: random.Random, for_tests: bool) -> Draft:
    working = Working()
    if rng.random() < 0.3:
        under, common = rng.randint(2, 12), rng.randint(2, 9)
        over = rng.randint(1, under)
        wording = pick(rng, "simplify", for_tests)
        answer = _reduced(working, over * common, under * common)
        return wording, fill(wording, a=f"{over * common}/{under * common}"), working, answer
    x, y = rng.randint(2, 10), rng.randint(2, 10)
    if rng.random() < 0.4:
        y = x
    a, b, sign = rng.randint(1, x), rng.randint(1, y), rng.choice("+-")
    if sign == "-" and a * y < b * x:
        (a, x), (b, y) = (b, y), (a, x)
    wording = pick(rng, "fractions", for_tests)
    question = fill(wording, a=f"{a}/{x}", b=f"{b}/{y}", s=sign)
    if x != y:
        under = x * y // gcd(x, y)
        working.note(f"{a}/{x} is {a * under // x}/{under}, {b}/{y} is {b * under // y}/{under}")
        a, b = a * under // x, b * under // y
    else:
        under = x
    over = working.add(a, b) if sign == "+" else working.sub(a, b)
    return wording, question, working, _reduced(working, over, under)


def percent(rng: random.Random, for_tests: bool) -> Draft:
    p = rng.choice((5, 10, 10, 15, 20, 20, 25, 25, 30, 40, 50, 50, 60, 70, 75, 80, 90))
    n = rng.randint(1, 40) * (100 // gcd(p, 100)) if rng.random() < 0.7 else rng.randint(1, 9) * 100
    working = Working()
    if rng.random() < 0.6:
        wording, sign = pick(rng, "percent", for_tests), ""
    else:
        sign, wording = pick_signed(rng, "price changes", for_tests)
    part = working.mul(n, p)
    part, _ = working.div(part, 100)
    answer = working.add(n, part) if sign == "+" else working.sub(n, part) if sign == "-" else part
    question = fill(wording, p=p, n=n, x=rng.choice(_GOODS), N=people(rng, 1)[0][0])
    return wording, question, working, f"${answer}" if "$" in wording else str(answer)


_UNITS = [
    ("hours", "minutes", 60),
    ("minutes", "seconds", 60),
    ("days", "hours", 24),
    ("weeks", "days", 7),
    ("years", "months", 12),
    ("metres", "centimetres", 100),
    ("kilometres", "metres", 1000),
    ("km", "m", 1000),
    ("m", "cm", 100),
    ("cm", "mm", 10),
    ("kilograms", "grams", 1000),
    ("kg", "g", 1000),
    ("litres", "millilitres", 1000),
    ("feet", "inches", 12),
    ("dollars", "cents", 100),
    ("dozen", "pieces", 12),
    ("centimetres", "millimetres", 10),
    ("tonnes", "kilograms", 1000),
]


def _one(unit: str) -> str:
    return "1 foot" if unit == "feet" else f"1 {unit.removesuffix('s')}"


def units(rng: random.Random, for_tests: bool) -> Draft:
    big, small, factor = rng.choice(_UNITS)
    wording = pick(rng, "units", for_tests)
    n = rng.randint(2, 60 if factor > 100 else 30)
    working = Working()
    if rng.random() < 0.35:
        working.note(f"{factor} {small} are {_one(big)}")
        answer, _ = working.div(n * factor, factor)
        return wording, fill(wording, n=n * factor, **{"from": small, "to": big}), working, f"{answer} {big}"
    working.note(f"{_one(big)} is {factor} {small}")
    answer = working.mul(n, factor)
    return wording, fill(wording, n=n, **{"from": big, "to": small}), working, f"{answer} {small}"


_VEHICLES = ["train", "bus", "plane", "ferry", "boat", "coach", "tram", "car"]


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def _said(rng: random.Random, minutes: int, by_half: bool) -> str:
    """The time as a question says it: on 24 hours, or with am or pm."""
    if not by_half:
        return _clock(minutes)
    hour, minute = minutes // 60, minutes % 60
    name = f"{(hour - 1) % 12 + 1}" + (f":{minute:02d}" if minute or rng.random() < 0.5 else "")
    return name + rng.choice(("", " ")) + ("am" if hour < 12 else "pm")


def _length(hours: int, minutes: int) -> str:
    parts = [f"{n} {unit}{'s' if n != 1 else ''}" for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts)


def time(rng: random.Random, for_tests: bool) -> Draft:
    step = rng.choice((5, 5, 15, 1))
    start, length = rng.randrange(6 * 60, 20 * 60) // step * step, rng.randrange(10, 330) // step * step or 20
    if start + length >= 24 * 60:
        start -= 6 * 60
    end = start + length
    working = Working()
    names = {"N": people(rng, 1)[0][0], "v": rng.choice(_VEHICLES)}
    hours, minutes = divmod(length, 60)
    by_half = rng.random() < 0.3
    said, until = _said(rng, start, by_half), _said(rng, end, by_half)
    if by_half:
        working.note(f"{said} is {_clock(start)}")
    if rng.random() < 0.65:
        wording = pick(rng, "journey", for_tests)
        if by_half:
            working.note(f"{until} is {_clock(end)}")
        if hours:
            working.note(f"from {_clock(start)} to {_clock(start + hours * 60)} is {_length(hours, 0)}")
        if minutes:
            rest = start + hours * 60
            if rest // 60 == end // 60:
                working.note(f"from {_clock(rest)} to {_clock(end)} is {working.sub(end % 60, rest % 60)} minutes")
            else:
                full = (rest // 60 + 1) * 60
                first = working.sub(60, rest % 60)
                working.note(f"from {_clock(rest)} to {_clock(full)} is {first} minutes")
                if end > full:
                    working.note(f"from {_clock(full)} to {_clock(end)} is {end - full} minutes")
                    working.add(first, end - full)
        question = fill(wording, s=said, e=until, **names)
        return wording, question, working, _length(hours, minutes)
    wording = pick(rng, "arrival", for_tests)
    now = start
    if hours:
        now += hours * 60
        working.note(f"{_length(hours, 0)} after {_clock(start)} is {_clock(now)}")
    if minutes:
        total = working.add(now % 60, minutes)
        if total >= 60:
            rest = working.sub(total, 60)
            working.note(f"that is 1 hour and {rest} minutes" if rest else "that is 1 hour")
        working.note(f"{minutes} minutes after {_clock(now)} is {_clock(end)}")
    if by_half:
        working.note(f"{_clock(end)} is {until}")
    return (
        wording,
        fill(wording, s=said, d=_length(hours, minutes), **names),
        working,
        until if by_half else _clock(end),
    )


def days(rng: random.Random, for_tests: bool) -> Draft:
    wording = pick(rng, "days", for_tests)
    first, n = rng.randrange(7), rng.randint(2, 30)
    working = Working()
    rest = n
    if n >= 7:
        _, rest = working.div(n, 7)
        working.note(f"{n} days are whole weeks and {rest} days")
    for i in range(1, rest + 1):
        working.note(f"{i}: {DAYS[(first + i) % 7]}")
    return wording, fill(wording, d=DAYS[first], n=n, N=people(rng, 1)[0][0]), working, DAYS[(first + n) % 7]


KINDS: dict[str, tuple[Callable[[random.Random, bool], Draft], float]] = {
    "decimals": (decimals, 1.0),
    "money": (money, 1.0),
    "fraction of": (fraction_of, 1.0),
    "fractions": (fraction_sum, 1.0),
    "percent": (percent, 1.2),
    "units": (units, 1.2),
    "time": (time, 2.0),
    "days": (days, 0.4),
}


def generate(rng: random.Random, for_tests: bool) -> Iterator[Problem]:
    while True:
        kind = rng.choices(list(KINDS), [weight for _, weight in KINDS.values()])[0]
        wording, question, working, answer = KINDS[kind][0](rng, for_tests)
        yield Problem(
            source="measures",
            skill=kind,
            question=question,
            thought=working.text() or "this is clear",
            answer=answer,
            template=wording,
            structure=kind,
            pairs=working.pairs,
            steps=max(1, len(working.pairs)),
        )
