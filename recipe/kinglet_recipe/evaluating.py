"""Test sets put to a model by `kinglet eval`, which keeps every answer and goes on where it was stopped."""

import json
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
# The sets ask as a person would: no word on how to answer, and the answer in the last box.
_FLAGS = ("--kind", "gsm8k", "--prompt", "plain", "--answer", "boxed", "--top-p", "0.95", "--log-level", "warn")
# What an untuned model's context of 512 leaves after the longest question.
_PLAIN_TOKENS = 260
GREEDY = ("--temperature", "0")


def evaluate(model: Path, questions: Path, output: Path, *flags: str) -> dict:
    """The summary that `kinglet eval --json` prints of the answers to `questions`, which are in `output`."""
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [PROJECT / "script" / "kinglet", "eval", model, questions, "--output", output, "--json", *_FLAGS, *flags]
    ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(ran.stdout.splitlines()[-1])


def accuracy(judged: dict) -> float:
    """Mean share of right answers; 0 where nothing is judged."""
    return judged["accuracy"]["mean"] if judged["accuracy"] else 0.0


def plain_scores(model: Path, questions: Path, max_tokens: int) -> dict[str, float]:
    """Accuracy by set of a base model, whose documents are questions and their solutions."""
    flags = ("--completions", *GREEDY, "--max-tokens", str(min(max_tokens, _PLAIN_TOKENS)), "--quantize", "none")
    summary = evaluate(model, questions, model / "answers.jsonl", "--by", "set", *flags)
    return {group["name"]: accuracy(group) for group in summary["groups"]}


def write_sets(path: Path, sets: dict[str, list[dict]], limit: int | None) -> Path:
    """One file of the first `limit` questions of each set, each with its `set`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [{"set": name, **entry} for name, questions in sets.items() for entry in questions[:limit]]
    path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries))
    return path


def records(output: Path) -> list[dict]:
    """What `evaluate` wrote, a record a question in the order of the file."""
    found = [json.loads(line) for line in output.read_text().splitlines()[1:]]
    return sorted(found, key=lambda record: record["index"])
