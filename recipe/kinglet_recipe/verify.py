"""Whether an answer is right: exact, by the number or phrase in its last `\\boxed{}`."""

import re
from fractions import Fraction

_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
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
