"""Whether an answer is right, exactly: by the number or phrase in its last `\\boxed{}`, and by every statement of its
working."""

import re
from fractions import Fraction
from math import prod

_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_EQUATION = re.compile(r"(?<![\d.])(\d+(?:[-+*/]\d+)+)=(-?\d+)(?: r(\d+))?")
_LINE = re.compile(r"(\d+)([-+*/])(\d+): .*, so (-?\d+)(?: r(\d+))?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(/\d+)?")


def boxed(text: str) -> str | None:
    """What the last complete `\\boxed{}` of `text` holds."""
    found = _BOXED.findall(text)
    return found[-1] if found else None


def normal(answer: str) -> str:
    """Numbers in one way of writing: 1,200 and 1200.0 are 1200, and $4.50 is 9/2; words in lower case."""
    text = answer.strip().lower().replace(",", "").replace("$", "").rstrip(".")
    if not _NUMBER.fullmatch(text):
        return " ".join(text.split())
    try:
        return str(Fraction(text))
    except (ValueError, ZeroDivisionError):
        return text


def is_right(text: str, answer: str) -> bool:
    """`text` after its thought; one without a box is wrong."""
    found = boxed(text)
    return found is not None and normal(found) == normal(answer)


def statements(working: str) -> list[str]:
    """Every `7+8=15` and `38/5=7 r3` of a working, and what its lines `47+38: ..., so 85` come to."""
    found = [match[0] for match in _EQUATION.finditer(working)]
    for match in (_LINE.fullmatch(line) for line in working.split("\n")):
        if match:
            found.append(f"{match[1]}{match[2]}{match[3]}={match[4]}{f' r{match[5]}' if match[5] else ''}")
    return found


def holds(statement: str) -> bool:
    """Whether one of `statements` is true: computed anew, left to right, products first."""
    left, right = statement.split("=")
    result, _, rest = right.partition(" r")
    if "/" in left:
        dividend, divisor = map(int, left.split("/"))
        return divisor > 0 and divmod(dividend, divisor) == (int(result), int(rest or 0))
    total = 0
    for sign, product in re.findall(r"([-+]?)(\d+(?:\*\d+)*)", left):
        value = prod(map(int, product.split("*")))
        total += -value if sign == "-" else value
    return total == int(result) and not rest
