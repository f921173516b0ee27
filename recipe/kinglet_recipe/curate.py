"""Makes the training text: generates, filters, removes duplicates, and removes what the tests hold.

Writes `curated/SOURCE.jsonl` (problems, one a line), `held-out/SET.jsonl` and `curated/report.json`, which counts
what was dropped and why.
"""

import json
import random
import re
from dataclasses import asdict
from pathlib import Path

from . import held_out_sets
from .held_out import pair_is_held_out
from .probes import is_gsm8k_probe
from .problem import Problem
from .sources import SOURCES
from .verify import holds, is_right, statements

SEED = 7
_WORDS = re.compile(r"[a-z]+|\d+")
GRAM = 8
_LONGEST = 600  # characters of a thought


def words(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(text.lower()))


class TestTexts:
    """The questions of all test sets, by themselves and as runs of GRAM words."""

    def __init__(self, questions: list[str]):
        self.whole: set[tuple[str, ...]] = set()
        self.grams: set[int] = set()
        for question in questions:
            text = words(question)
            self.whole.add(text)
            self.grams.update(hash(text[i : i + GRAM]) for i in range(len(text) - GRAM + 1))

    def overlap(self, question: str) -> bool:
        text = words(question)
        return text in self.whole or any(hash(text[i : i + GRAM]) in self.grams for i in range(len(text) - GRAM + 1))


def reason_to_drop(problem: Problem, seen: set[str], tests: TestTexts) -> str:
    """Why `problem` isn't trained on; empty where it is."""
    if any(pair_is_held_out(a, b) for a, b in problem.pairs):
        return "operands kept for tests"
    if problem.question in seen:
        return "duplicate"
    if len(problem.thought) > _LONGEST:
        return "too long"
    if not all(holds(statement) for statement in statements(problem.thought)):
        return "a step is wrong"
    if problem.answer and not is_right(problem.final(), problem.answer):
        return "answer doesn't verify"
    if tests.overlap(problem.question):
        return f"{GRAM} words in a row as in a test"
    return ""


def curate(work: Path, count: int) -> dict:
    """About `count` problems over all sources, by their shares; a source that can't give as many gives what it has."""
    sets = held_out_sets.write(work / "held-out")
    tests = TestTexts([e["question"] for entries in sets.values() for e in entries] + held_out_sets.foreign_questions())
    folder = work / "curated"
    folder.mkdir(parents=True, exist_ok=True)
    report: dict = {"test sets": {name: len(entries) for name, entries in sets.items()}, "sources": {}}
    for name, source in SOURCES.items():
        rng = random.Random(f"{SEED} {name}")
        seen: set[str] = set()
        dropped: dict[str, int] = {}
        wanted = round(count * source.share)
        with open(folder / f"{name}.part", "w") as out:
            for made, problem in enumerate(source.make(rng)):
                if name == "gsm8k" and is_gsm8k_probe(made):
                    dropped["kept as a probe"] = dropped.get("kept as a probe", 0) + 1
                    continue
                if len(seen) >= wanted or made >= 20 * wanted:
                    break
                reason = reason_to_drop(problem, seen, tests)
                if reason:
                    dropped[reason] = dropped.get(reason, 0) + 1
                    continue
                seen.add(problem.question)
                out.write(json.dumps(asdict(problem), ensure_ascii=False) + "\n")
        (folder / f"{name}.part").rename(folder / f"{name}.jsonl")
        report["sources"][name] = {"kept": len(seen), "dropped": dropped}
        print(f"curate: {name}: {len(seen)} kept, dropped {dropped or 'none'}", flush=True)
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    return report


def problems(work: Path, source: str) -> list[Problem]:
    with open(work / "curated" / f"{source}.jsonl") as file:
        return [Problem(**json.loads(line)) for line in file]
