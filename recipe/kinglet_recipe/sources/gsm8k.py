"""GSM8K's training questions with their written solutions (MIT licence; `data/gsm8k-train.jsonl`).

As text to pretrain on the solutions stay as they were written. As chains of thought they become the lines of
`working.py`, where each of their calculations is on whole numbers that stay below 10,000.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from ..problem import Problem
from ..working import Working

DATA = Path(__file__).parent.parent.parent / "data"
_NOTE = re.compile(r"<<([^<>=]*)=([^<>]*)>>")
_OPERATIONS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_LIMIT = 10_000


def questions(name: str) -> Iterator[dict]:
    with open(DATA / f"gsm8k-{name}.jsonl") as file:
        for line in file:
            yield json.loads(line)


def final_answer(solution: str) -> str:
    return solution.rpartition("#### ")[2].strip().replace(",", "")


def prose(solution: str) -> str:
    """The solution as it was written, without its calculator notes and closing line."""
    return _NOTE.sub("", solution.partition("\n####")[0]).strip()


def operand_pairs(solution: str) -> list[tuple[int, int]]:
    """Neighbouring whole operands of each noted calculation."""
    found = []
    for expression, _ in _NOTE.findall(solution):
        for a, b in zip(*(re.findall(r"(?<![\d.])\d+(?![\d.])", expression)[i:] for i in (0, 1)), strict=False):
            found.append((int(a), int(b)))
    return found


def _compute(node: ast.expr, working: Working) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value < _LIMIT:
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        a, b = _compute(node.left, working), _compute(node.right, working)
        sign = _OPERATIONS[type(node.op)]
        if sign == "/":
            if not 0 < b <= 100 or a % b or (b > 12 and b % 10):
                raise ValueError
            return working.div(a, b)[0]
        result = {"+": working.add, "-": working.sub, "*": working.mul}[sign](a, b)
        if not 0 <= result < _LIMIT:
            raise ValueError
        return result
    raise ValueError


def chain(solution: str) -> Working | None:
    """The noted calculations as lines of working, or nothing where one isn't on small whole numbers."""
    working, results = Working(), []
    for expression, result in _NOTE.findall(solution):
        try:
            value = _compute(ast.parse(expression.strip().replace(",", ""), mode="eval").body, working)
            if value != float(result.replace(",", "")):
                return None
        except (ValueError, SyntaxError):
            return None
        results.append(value)
    return working if results and str(results[-1]) == final_answer(solution) else None


def problems() -> Iterator[Problem]:
    """Every training question once: with its chain where it has one, else with its prose alone."""
    for number, entry in enumerate(questions("train")):
        working = chain(entry["answer"])
        yield Problem(
            source="gsm8k",
            skill="gsm8k",
            question=entry["question"].strip(),
            thought=working.text() if working else "",
            answer=final_answer(entry["answer"]),
            template=f"gsm8k {number}",
            structure="gsm8k",
            pairs=(working.pairs if working else []) + operand_pairs(entry["answer"]),
            steps=len(working.lines) if working else 0,
            prose=prose(entry["answer"]),
        )
