"""The test sets, in GSM8K's shape: {"question", "answer": "steps\\n#### answer"} and what reports group by."""

import json
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from .held_out import pair_is_held_out
from .problem import Problem
from .sources import algebra, gsm8k, integers, measures, programs, stories, talk

SEED = 20_251


def _arithmetic(skill: str, shapes: list[tuple[int, int]], each: int) -> Callable[[random.Random], Iterator[Problem]]:
    """`each` problems of every shape (digits of one operand, digits of the other), of held-out pairs alone."""

    def make(rng: random.Random) -> Iterator[Problem]:
        for shape in shapes:
            left = each
            for problem in integers.generate(rng, for_tests=True):
                if problem.skill != skill or not pair_is_held_out(*problem.pairs[0]):
                    continue
                if tuple(sorted((len(str(n)) for n in problem.pairs[0]), reverse=True)) != shape:
                    continue
                yield problem
                left -= 1
                if not left:
                    break

    return make


def _balanced(problems: Iterator[Problem], key: Callable[[Problem], str], keys: int, each: int) -> Iterator[Problem]:
    """`each` different problems of every key."""
    counts: dict[str, int] = {}
    seen: set[str] = set()
    for problem in problems:
        name = key(problem)
        if counts.get(name, 0) < each and problem.question not in seen:
            seen.add(problem.question)
            counts[name] = counts.get(name, 0) + 1
            yield problem
        if len(counts) == keys and all(count == each for count in counts.values()):
            return


def _stories(steps: int, each: int) -> Callable[[random.Random], Iterator[Problem]]:
    def make(rng: random.Random) -> Iterator[Problem]:
        structures = {t.structure for t in stories.templates(steps) if t.for_tests}
        yield from _balanced(
            stories.generate(rng, for_tests=True, step_count=steps), lambda p: p.structure, len(structures), each
        )

    return make


def _pairs_held_out(problems: Iterator[Problem]) -> Iterator[Problem]:
    return (p for p in problems if any(pair_is_held_out(*pair) for pair in p.pairs))


SETS: dict[str, Callable[[random.Random], Iterator[Problem]]] = {
    "addition": _arithmetic("addition", [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (4, 3), (4, 4)], 60),
    "subtraction": _arithmetic("subtraction", [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (4, 3), (4, 4)], 60),
    "multiplication": _arithmetic("multiplication", [(2, 1), (2, 2), (3, 1), (3, 2)], 100),
    "division": _arithmetic("division", [(2, 1), (3, 1), (3, 2)], 60),
    "measures": lambda rng: _balanced(measures.generate(rng, True), lambda p: p.skill, len(measures.KINDS), 50),
    "algebra": lambda rng: _balanced(algebra.generate(rng, True), lambda p: p.skill, 3, 80),
    "stories-1": _stories(1, 30),
    "stories-2": _stories(2, 40),
    "stories-3": _stories(3, 20),
    "stories-4": _stories(4, 20),
    "programs": lambda rng: islice(programs.generate(rng, True), 200),
    "talk": lambda rng: _balanced(talk.generate(rng, True), lambda p: p.skill, 2, 120),
}


def as_entry(problem: Problem) -> dict:
    return {
        "question": problem.question,
        "answer": f"{problem.thought}\n#### {problem.answer}",
        "skill": problem.skill,
        "structure": problem.structure,
        "template": problem.template,
        "steps": problem.steps,
        "digits": problem.digits,
    }


def write(folder: Path) -> dict[str, list[dict]]:
    """Makes every set anew, always the same, and writes it to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    sets = {}
    for name, make in SETS.items():
        sets[name] = [as_entry(problem) for problem in make(random.Random(f"{SEED} {name}"))]
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in sets[name])
        (folder / f"{name}.jsonl").write_text(text)
    return sets


def read(folder: Path) -> dict[str, list[dict]]:
    return {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def foreign_questions() -> list[str]:
    """Questions of test sets that others made, of which nothing may be trained on."""
    return [entry["question"] for entry in gsm8k.questions("test")]
