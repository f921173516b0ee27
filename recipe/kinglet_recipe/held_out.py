"""What training never sees: operand pairs, templates and structures that are kept for the tests."""

import hashlib


def pair_is_held_out(a: int, b: int) -> bool:
    """Whether problems with the operands `a` and `b`, in either order, are kept for the tests.

    31 is 1 modulo 10, so this is a tenth of all pairs, symmetric: those whose last digits add up to 3 or 13.
    """
    return (a + 31 * b) % 10 == 3 or (b + 31 * a) % 10 == 3


def is_for_tests(text: str, one_in: int) -> bool:
    """Keeps one in `one_in` of the wordings and templates for the tests, always the same ones."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % one_in == 0
