"""Decimals, money, fractions, percentages, units and time."""

import random
from collections.abc import Callable, Iterator
from math import gcd

from ..problem import Problem
from ..wording import fill, pick
from ..words import DAYS, people
from ..working import Working

Draft = tuple[str, str, Working, str]  # wording, question, working, answer


def _scaled(n: int, places: int) -> str:
    whole, part = divmod(abs(n), 10**places)
    return f"{'-' if n < 0 else ''}{whole}.{part:0{places}d}"


_DECIMAL_SUM = ["What is {a} + {b}?", "{a} + {b}", "Add {a} and {b}.", "Calculate {a} + {b}.", "How much is {a} plus {b}?",
                "{a} plus {b}", "Work out {a} + {b}.", "What is the sum of {a} and {b}?", "Find {a} + {b}.", "Tell me {a} + {b}."]
_DECIMAL_LESS = ["What is {a} - {b}?", "{a} - {b}", "Subtract {b} from {a}.", "Calculate {a} - {b}.", "How much is {a} minus {b}?",
                 "{a} minus {b}", "Work out {a} - {b}.", "Take {b} away from {a}.", "Find {a} - {b}.", "Tell me {a} - {b}."]
_DECIMAL_TIMES = ["What is {a} * {b}?", "{a} x {b}", "Multiply {a} by {b}.", "Calculate {a} times {b}.", "How much is {b} times {a}?",
                  "Work out {a} * {b}.", "{b} times {a}", "Tell me {a} times {b}."]


def decimals(rng: random.Random, for_tests: bool) -> Draft:
    places = rng.choice((1, 1, 2))
    scale = 10**places
    kind = rng.choice(("+", "-", "*"))
    a = rng.randrange(1, 100 * scale)
    working = Working()
    if kind == "*":
        a, b = rng.randrange(1, 20 * scale), rng.randrange(2, 10)
        wording = pick(rng, _DECIMAL_TIMES, for_tests)
        working.note(f"{_scaled(a, places)} is {a}/{scale}")
        answer = _scaled(working.mul(a, b), places)
        working.note(f"with {places} decimal{'s' if places > 1 else ''}: {answer}")
        return wording, fill(wording, a=_scaled(a, places), b=b), working, answer
    b = rng.randrange(1, 100 * scale)
    if kind == "-" and a < b:
        a, b = b, a
    wording = pick(rng, _DECIMAL_SUM if kind == "+" else _DECIMAL_LESS, for_tests)
    working.note(f"{_scaled(a, places)} is {a}/{scale}, {_scaled(b, places)} is {b}/{scale}")
    answer = _scaled(working.add(a, b) if kind == "+" else working.sub(a, b), places)
    working.note(f"with {places} decimal{'s' if places > 1 else ''}: {answer}")
    return wording, fill(wording, a=_scaled(a, places), b=_scaled(b, places)), working, answer


_MONEY = [
    ("+", "A {x} costs ${a} and a {y} costs ${b}. How much do they cost together?"),
    ("+", "{N} buys a {x} for ${a} and a {y} for ${b}. What does {N} pay?"),
    ("-", "A {x} costs ${b}. {N} pays with ${a}. How much change does {N} get?"),
    ("-", "{N} has ${a} and spends ${b} on a {x}. How much money is left?"),
    ("*", "One {x} costs ${a}. What do {b} of them cost?"),
    ("*", "{N} buys {b} {x}s for ${a} each. How much is that?"),
    ("+", "{N} saved ${a} and then earned ${b} more. How much does {N} have?"),
    ("-", "The price of a {x} falls from ${a} by ${b}. What is the new price?"),
    ("*", "A {x} is ${a}. How much must {N} pay for {b}?"),
    ("+", "What is the total bill for a {x} at ${a} and a {y} at ${b}?"),
    ("-", "{N} wants a {x} for ${a} and has ${b}. How much money is missing?"),
    ("*", "If a {x} is sold for ${a}, how much do {b} {x}s bring in?"),
]
_GOODS = "pen cup book ticket sandwich lamp toy shirt hat cake ball plant bag map bowl chair mug kite drum puzzle".split()


def money(rng: random.Random, for_tests: bool) -> Draft:
    kind, wording = pick(rng, _MONEY, for_tests)
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
_OF = ["What is {part} of {n}?", "Take {part} of {n}.", "{part} of {n} is what?", "what is {part} of {n}", "Find {part} of {n}.", "{part} of {n}", "How much is {part} of {n}?", "Calculate {part} of {n}.",
       "Work out {part} of {n}.", "what's {part} of {n}", "Tell me {part} of {n}.", "Determine {part} of {n}."]


def fraction_of(rng: random.Random, for_tests: bool) -> Draft:
    under = rng.randint(2, 10)
    over = rng.randint(1, under - 1)
    n = under * rng.randint(2, 40)
    wording = pick(rng, _OF, for_tests)
    working = Working()
    answer, _ = working.div(n, under)
    if over > 1:
        answer = working.mul(answer, over)
    part = _PARTS[under] if over == 1 and under in _PARTS and rng.random() < 0.5 else f"{over}/{under}"
    return wording, fill(wording, part=part, n=n), working, str(answer)


_FRACTION_SUM = ["What is {a} {s} {b}?", "what's {a} {s} {b}", "{a} {s} {b} = ?", "Evaluate {a} {s} {b}.", "Give {a} {s} {b} as a fraction.", "{a} {s} {b}", "Calculate {a} {s} {b}.", "Work out {a} {s} {b} as a fraction.",
                 "How much is {a} {s} {b}?", "Compute {a} {s} {b}.", "Find {a} {s} {b}.", "Tell me {a} {s} {b}."]
_SIMPLIFY = ["Simplify {a}.", "Write {a} in lowest terms.", "Reduce {a}.", "What is {a} in simplest form?", "Reduce {a} to lowest terms.", "Simplify the fraction {a}."]


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
        wording = pick(rng, _SIMPLIFY, for_tests)
        answer = _reduced(working, over * common, under * common)
        return wording, fill(wording, a=f"{over * common}/{under * common}"), working, answer
    x, y = rng.randint(2, 10), rng.randint(2, 10)
    if rng.random() < 0.4:
        y = x
    a, b, sign = rng.randint(1, x), rng.randint(1, y), rng.choice("+-")
    if sign == "-" and a * y < b * x:
        (a, x), (b, y) = (b, y), (a, x)
    wording = pick(rng, _FRACTION_SUM, for_tests)
    question = fill(wording, a=f"{a}/{x}", b=f"{b}/{y}", s=sign)
    if x != y:
        under = x * y // gcd(x, y)
        working.note(f"{a}/{x} is {a * under // x}/{under}, {b}/{y} is {b * under // y}/{under}")
        a, b = a * under // x, b * under // y
    else:
        under = x
    over = working.add(a, b) if sign == "+" else working.sub(a, b)
    return wording, question, working, _reduced(working, over, under)


_PERCENT = ["What is {p}% of {n}?", "How many are {p}% of {n}?", "Take {p}% of {n}.", "{p} percent of {n} is what?", "{p}% of {n} is how much?", "Find {p} percent of {n}.", "How much is {p}% of {n}?", "{p}% of {n}", "Calculate {p}% of {n}.",
            "Work out {p} percent of {n}.", "what's {p}% of {n}", "Tell me {p}% of {n}.", "Determine {p} percent of {n}."]
_DISCOUNT = [("-", "A {x} costs ${n}. It is {p}% off. What is the new price?"), ("-", "The price of a {x} is ${n} and falls by {p}%. What does it cost now?"),
             ("-", "{N} gets a discount of {p}% on a {x} for ${n}. How much does {N} pay?"), ("+", "A {x} costs ${n} and gets {p}% dearer. What is the new price?"),
             ("+", "Increase {n} by {p}%."), ("-", "Decrease {n} by {p} percent."), ("+", "A town of {n} people grows by {p}%. How many people live there now?"),
             ("-", "A shop takes {p}% off a {x} that was ${n}. What must {N} pay?"), ("+", "A pay of ${n} rises by {p}%. What is the new pay?")]


def percent(rng: random.Random, for_tests: bool) -> Draft:
    p = rng.choice((5, 10, 10, 15, 20, 20, 25, 25, 30, 40, 50, 50, 60, 70, 75, 80, 90))
    n = rng.randint(1, 40) * (100 // gcd(p, 100)) if rng.random() < 0.7 else rng.randint(1, 9) * 100
    working = Working()
    if rng.random() < 0.6:
        wording, sign = pick(rng, _PERCENT, for_tests), ""
    else:
        sign, wording = pick(rng, _DISCOUNT, for_tests)
    part = working.mul(n, p)
    part, _ = working.div(part, 100)
    answer = working.add(n, part) if sign == "+" else working.sub(n, part) if sign == "-" else part
    question = fill(wording, p=p, n=n, x=rng.choice(_GOODS), N=people(rng, 1)[0][0])
    return wording, question, working, f"${answer}" if "$" in wording else str(answer)


_UNITS = [("hours", "minutes", 60), ("minutes", "seconds", 60), ("days", "hours", 24), ("weeks", "days", 7), ("years", "months", 12),
          ("metres", "centimetres", 100), ("kilometres", "metres", 1000), ("km", "m", 1000), ("m", "cm", 100), ("cm", "mm", 10),
          ("kilograms", "grams", 1000), ("kg", "g", 1000), ("litres", "millilitres", 1000), ("feet", "inches", 12),
          ("dollars", "cents", 100), ("dozen", "pieces", 12), ("centimetres", "millimetres", 10), ("tonnes", "kilograms", 1000)]
_CONVERT = ["How many {to} are {n} {from}?", "Convert {n} {from} to {to}.", "How many {to} are in {n} {from}?", "{n} {from} in {to}",
            "What is {n} {from} in {to}?", "How many {to} do {n} {from} make?", "how many {to} in {n} {from}", "Turn {n} {from} into {to}.", "{n} {from} to {to}",
            "How much is {n} {from} in {to}?", "I have {n} {from}. How many {to} is that?", "Write {n} {from} as {to}.", "Change {n} {from} into {to}.", "{n} {from} is how many {to}?", "How many {to} make {n} {from}?",
            "Express {n} {from} in {to}.", "Give {n} {from} in {to}."]


def _one(unit: str) -> str:
    return "1 foot" if unit == "feet" else f"1 {unit.removesuffix('s')}"


def units(rng: random.Random, for_tests: bool) -> Draft:
    big, small, factor = rng.choice(_UNITS)
    wording = pick(rng, _CONVERT, for_tests)
    n = rng.randint(2, 60 if factor > 100 else 30)
    working = Working()
    if rng.random() < 0.35:
        working.note(f"{factor} {small} are {_one(big)}")
        answer, _ = working.div(n * factor, factor)
        return wording, fill(wording, n=n * factor, **{"from": small, "to": big}), working, f"{answer} {big}"
    working.note(f"{_one(big)} is {factor} {small}")
    answer = working.mul(n, factor)
    return wording, fill(wording, n=n, **{"from": big, "to": small}), working, f"{answer} {small}"


_JOURNEY = [
    "A {v} leaves at {s} and arrives at {e}. How long is the journey?", "A {v} leaves at {s} and gets there at {e}. How long does the trip take?",
    "{N} leaves at {s} and comes back at {e}. How long was {N} away?", "A film starts at {s} and ends at {e}. How long is it?",
    "The {v} departs at {s} and arrives at {e}. How long does it take?", "How much time passes from {s} to {e}?", "How long is it from {s} to {e}?",
    "A lesson begins at {s} and ends at {e}. How long does it last?", "{N} starts work at {s} and stops at {e}. How long does {N} work?",
    "School starts at {s} and finishes at {e}. How long is the school day?", "What is the time between {s} and {e}?",
    "A match runs from {s} until {e}. How long is that?", "A {v} sets off at {s} and reaches the city at {e}. How long is the ride?",
    "{N} goes to sleep at {s} and wakes up at {e}. How long does {N} sleep?", "A shop opens at {s} and closes at {e}. For how long is it open?",
    "A {v} starts at {s} and arrives at {e}. What is the travel time?", "{N} boards a {v} at {s} and gets off at {e}. How long is {N} on it?",
    "The concert starts at {s} and is over at {e}. How long does it go on?", "From {s} to {e}, how much time is that?", "A meeting is from {s} to {e}. How long does it take?",
]
_ARRIVAL = [
    "A {v} leaves at {s} and takes {d}. When does it arrive?", "A film starts at {s} and lasts {d}. When does it end?", "It is {s} now. What time is it in {d}?",
    "{N} starts at {s} and works for {d}. When is {N} done?", "What time is it {d} after {s}?", "A lesson starts at {s} and lasts {d}. When does it end?",
    "A {v} departs at {s}. The trip takes {d}. At what time does it arrive?", "A cake goes into the oven at {s} and bakes for {d}. When is it ready?",
    "A {v} sets off at {s} and is on its way for {d}. At what time does it get there?", "{N} begins to read at {s} and reads for {d}. When does {N} stop?",
]
_VEHICLES = "train bus plane ferry boat coach tram car".split()


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
        wording = pick(rng, _JOURNEY, for_tests)
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
    wording = pick(rng, _ARRIVAL, for_tests)
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
    return wording, fill(wording, s=said, d=_length(hours, minutes), **names), working, until if by_half else _clock(end)


_DAY = ["Today is {d}. What day is it in {n} days?", "It is {d}. Which day will it be {n} days from now?", "If today is {d}, what day is it in {n} days?",
        "What day comes {n} days after {d}?", "{n} days after {d} is which day?", "What day of the week is it {n} days after {d}?", "It is {d} today. What day is it after {n} days?",
        "{N}'s birthday is {n} days after {d}. On what day of the week is it?", "A parcel sent on {d} takes {n} days. On which day does it arrive?",
        "Count {n} days on from {d}. Which day is it?", "{N} starts on a {d} and needs {n} days. On which day is {N} done?", "Which day of the week is {n} days after a {d}?"]


def days(rng: random.Random, for_tests: bool) -> Draft:
    wording = pick(rng, _DAY, for_tests)
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
    "decimals": (decimals, 1.0), "money": (money, 1.0), "fraction of": (fraction_of, 1.0), "fractions": (fraction_sum, 1.0),
    "percent": (percent, 1.2), "units": (units, 1.2), "time": (time, 2.0), "days": (days, 0.4),
}


def generate(rng: random.Random, for_tests: bool) -> Iterator[Problem]:
    while True:
        kind = rng.choices(list(KINDS), [weight for _, weight in KINDS.values()])[0]
        wording, question, working, answer = KINDS[kind][0](rng, for_tests)
        yield Problem(
            source="measures", skill=kind, question=question, thought=working.text() or "this is clear", answer=answer,
            template=wording, structure=kind, pairs=working.pairs, steps=max(1, len(working.pairs)),
        )
