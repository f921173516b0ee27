"""Written arithmetic is exact, line by line, down to every column."""

import random

import pytest

from kinglet_recipe.verify import holds, statements
from kinglet_recipe.working import Working


def check(text: str) -> int:
    """Every column and every line's result; returns how many statements there were."""
    found = statements(text)
    for statement in found:
        assert holds(statement), f"{statement} in {text}"
    return len(found)


@pytest.mark.parametrize("operation", ["add", "sub", "mul", "div"])
def test_random_operands(operation: str) -> None:
    rng = random.Random(operation)
    statements = 0
    for _ in range(2000):
        a, b = rng.randrange(10 ** rng.randint(1, 5)), rng.randrange(10 ** rng.randint(1, 3))
        if operation == "div":
            b = rng.choice((2, 3, 7, 9, 10, 11, 12, 20, 60, 100))
        working = Working()
        result = getattr(working, operation)(a, b)
        expected = {"add": a + b, "sub": a - b, "mul": a * b, "div": (a // b, a % b) if b else None}[operation]
        assert result == expected
        assert working.pairs[0] == (a, b)
        statements += check(working.text())
    assert statements > 4000


def test_how_it_reads() -> None:
    working = Working()
    working.add(47, 38)
    working.sub(402, 17)
    working.sub(17, 52)
    working.mul(47, 36)
    working.div(282, 6)
    working.add(5, 8)
    assert working.text().split("\n") == [
        "47+38: 7+8=15, 4+3+1=8, so 85",
        "402-17: 12-7=5, 10-1-1=8, 4-0-1=3, so 385",
        "17<52",
        "52-17: 12-7=5, 5-1-1=3, so 35",
        "17-52=-35",
        "47*6: 7*6=42, 4*6+4=28, so 282",
        "47*30: 7*3=21, 4*3+2=14, so 1410",
        "1410+282: 0+2=2, 1+8=9, 4+2=6, 1+0=1, so 1692",
        "282/6: 2/6=0 r2, 28/6=4 r4, 42/6=7 r0, so 47",
        "5+8: 5+8=13, so 13",
    ]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("7+8+1=16", True),
        ("7+8+1=15", False),
        ("4*6+4=28", True),
        ("4*6+4=40", False),
        ("12-5-1=6", True),
        ("38/5=7 r3", True),
        ("38/5=7 r2", False),
        ("38/0=0 r38", False),
        ("35/5=7", True),
        ("17-52=-35", True),
        ("47+38: 7+8=15, 4+3+1=8, so 86", False),
    ],
)
def test_statements(text: str, right: bool) -> None:
    found = statements(text)
    assert found and all(map(holds, found)) is right
