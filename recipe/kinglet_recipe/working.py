"""Written arithmetic, digit by digit: the steps that the model learns to think in.

An operation is a line: `47+38: 7+8=15, 4+3+1=8, so 85`. Columns go from the last digit to the first, as on paper,
so that every digit is known from what stands before it. Single digits are one column of the same kind.
"""

from dataclasses import dataclass, field


def _digits(number: int) -> list[int]:
    """Last digit first."""
    return [int(c) for c in reversed(str(number))]


@dataclass
class Working:
    """Collects lines, and the operands of each operation. All operands are whole and not negative."""

    lines: list[str] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(self.lines)

    def note(self, line: str) -> None:
        self.lines.append(line)

    def _line(self, task: str, columns: list[str], result: int | str) -> None:
        self.lines.append(f"{task}: {', '.join(columns)}, so {result}")

    def add(self, a: int, b: int) -> int:
        self.pairs.append((a, b))
        columns, carry = [], 0
        x, y = _digits(a), _digits(b)
        for i in range(max(len(x), len(y))):
            p, q = (x[i] if i < len(x) else 0), (y[i] if i < len(y) else 0)
            total = p + q + carry
            columns.append(f"{p}+{q}{'+1' if carry else ''}={total}")
            carry = total // 10
        self._line(f"{a}+{b}", columns, a + b)
        return a + b

    def sub(self, a: int, b: int) -> int:
        """a - b; a smaller than b is turned round, and the result is negative."""
        self.pairs.append((a, b))
        if a < b:
            self.lines.append(f"{a}<{b}")
        top, low = max(a, b), min(a, b)
        columns, borrow = [], 0
        x, y = _digits(top), _digits(low)
        for i in range(len(x)):
            p, q = x[i], (y[i] if i < len(y) else 0)
            short = p < q + borrow
            left = p + 10 * short - q - borrow
            columns.append(f"{p + 10 * short}-{q}{'-1' if borrow else ''}={left}")
            borrow = int(short)
        self._line(f"{top}-{low}", columns, top - low)
        if a < b:
            self.lines.append(f"{a}-{b}={a - b}")
        return a - b

    def _times_digit(self, a: int, digit: int, zeros: int) -> int:
        scale = 10**zeros
        columns, carry = [], 0
        for p in _digits(a):
            total = p * digit + carry
            columns.append(f"{p}*{digit}{f'+{carry}' if carry else ''}={total}")
            carry = total // 10
        self._line(f"{a}*{digit * scale}", columns, a * digit * scale)
        return a * digit * scale

    def mul(self, a: int, b: int) -> int:
        """a * b; one partial product a digit of the shorter operand, then their sum."""
        self.pairs.append((a, b))
        if _is_power_of_ten(a) or len(str(b).rstrip("0")) > len(str(a).rstrip("0")) and not _is_power_of_ten(b):
            a, b = b, a
        if _is_power_of_ten(b):
            self.lines.append(f"{a}*{b}={a * b}")
            return a * b
        if a == 0 or b == 0:
            self.lines.append(f"{a}*{b}=0")
            return 0
        parts = []
        for place, digit in enumerate(_digits(b)):
            if digit:
                if len(str(b).strip("0")) > 1:
                    self.pairs.append((a, digit * 10**place))
                parts.append(self._times_digit(a, digit, place))
        total = parts[-1]
        for part in reversed(parts[:-1]):
            total = self.add(total, part)
        return total

    def div(self, a: int, b: int) -> tuple[int, int]:
        """Quotient and remainder of a / b by long division; b at least 1."""
        self.pairs.append((a, b))
        quotient, rest = divmod(a, b)
        result = f"{quotient}" if rest == 0 else f"{quotient} r{rest}"
        if _is_power_of_ten(b) and rest == 0 and b > 1:
            self.lines.append(f"{a}/{b}={result}")
            return quotient, rest
        if b % 10 == 0 and a % 10 == 0:
            x, y = a, b
            while x % 10 == 0 and y % 10 == 0:
                x, y = x // 10, y // 10
            columns = [f"{x}/{y}"] + _long_division(x, y)
            self.lines.append(f"{a}/{b}: {', '.join(columns)}, so {quotient if rest == 0 else result}")
            return quotient, rest
        self._line(f"{a}/{b}", _long_division(a, b), result)
        return quotient, rest


def _long_division(a: int, b: int) -> list[str]:
    columns, rest = [], 0
    for digit in str(a):
        part = rest * 10 + int(digit)
        rest = part % b
        columns.append(f"{part}/{b}={part // b} r{rest}")
    return columns


def _is_power_of_ten(n: int) -> bool:
    return n in (10, 100, 1000, 10000)
