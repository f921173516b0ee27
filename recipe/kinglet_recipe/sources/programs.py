"""Traces of toy programs: variables, loops and conditions, and what they print."""

import random
from collections.abc import Iterator

from ..problem import Problem
from ..wording import fill, pick
from ..working import Working

_NAMES = ["x", "y", "a", "b", "n", "total", "count", "s", "k", "i2", "value"]


class _Trace:
    """Writes a program and its run side by side."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.code: list[str] = []
        self.working = Working()
        self.values: dict[str, int] = {}
        self.free = rng.sample(_NAMES, 5)

    def set(self, name: str, value: int) -> None:
        self.values[name] = value
        self.working.note(f"{name}={value}")

    def compute(self, a: int, sign: str, b: int) -> int:
        return {"+": self.working.add, "-": self.working.sub, "*": self.working.mul}[sign](a, b)

    def start(self) -> str:
        name, value = self.free.pop(), self.rng.randint(1, 30)
        self.code.append(f"{name} = {value}")
        self.set(name, value)
        return name

    def operand(self, sign: str) -> tuple[str, int]:
        """A variable or a number, by which the result stays small."""
        known = [n for n, v in self.values.items() if v < 100 or sign != "*"]
        if known and self.rng.random() < 0.4 and sign != "*":
            name = self.rng.choice(known)
            return name, self.values[name]
        value = self.rng.randint(2, 5 if sign == "*" else 20)
        return str(value), value

    def sign(self, value: int) -> str:
        return self.rng.choice("+-*" if 20 <= value < 100 else "+*" if value < 100 else "+-")

    def assign(self) -> None:
        source = self.rng.choice(list(self.values))
        sign = self.sign(self.values[source])
        text, value = self.operand(sign)
        if sign == "-" and value > self.values[source]:
            sign = "+"
        again = self.rng.random() < 0.5 or not self.free
        name = source if again else self.free.pop()
        short = again and self.rng.random() < 0.4
        self.code.append(f"{name} {sign}= {text}" if short else f"{name} = {source} {sign} {text}")
        self.set(name, self.compute(self.values[source], sign, value))

    def loop(self) -> None:
        name, times = self.rng.choice(list(self.values)), self.rng.randint(2, 4)
        kind = self.rng.random()
        if kind < 0.5:
            sign = "*" if self.values[name] < 12 and self.rng.random() < 0.4 else "+"
            value = self.rng.randint(2, 3 if sign == "*" else 12)
            self.code += [f"for i in range({times}):", f"    {name} = {name} {sign} {value}"]
            for _ in range(times):
                self.set(name, self.compute(self.values[name], sign, value))
        else:
            self.code += [f"for i in range({times}):", f"    {name} += i"]
            for i in range(times):
                self.working.note(f"i={i}")
                self.set(name, self.compute(self.values[name], "+", i))

    def condition(self) -> None:
        name, limit = self.rng.choice(list(self.values)), self.rng.randint(5, 40)
        value, sign = self.values[name], self.rng.choice("<>")
        first, second = self.rng.randint(1, 9), self.rng.randint(1, 9)
        holds = value < limit if sign == "<" else value > limit
        self.code += [f"if {name} {sign} {limit}:", f"    {name} = {name} + {first}"]
        has_else = self.rng.random() < 0.6
        if has_else:
            self.code += ["else:", f"    {name} = {name} + {second}"]
        self.working.note(f"{value}{sign}{limit} is {holds}")
        if holds or has_else:
            self.set(name, self.compute(value, "+", first if holds else second))


def generate(rng: random.Random, for_tests: bool) -> Iterator[Problem]:
    while True:
        trace = _Trace(rng)
        for _ in range(rng.randint(1, 2)):
            trace.start()
        parts = [
            rng.choice((trace.assign, trace.assign, trace.loop, trace.condition)) for _ in range(rng.randint(1, 3))
        ]
        for part in parts:
            part()
        name = rng.choice(list(trace.values)[-2:])
        trace.code.append(f"print({name})")
        answer = str(trace.values[name])
        wording = pick(rng, "programs", for_tests)
        yield Problem(
            source="programs",
            skill="programs",
            question=fill(wording, p="\n".join(trace.code)),
            thought=trace.working.text(),
            answer=answer,
            template=wording,
            structure="-".join(part.__name__ for part in parts),
            pairs=trace.working.pairs,
            steps=len(parts),
        )
