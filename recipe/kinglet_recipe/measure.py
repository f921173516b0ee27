"""Puts the held-out sets and GSM8K's test set to the finished model with `kinglet eval`: in several formats, greedily
and by majority, and beside it through transformers."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from . import beside, evaluating, held_out_sets
from .scale import Scale
from .sources import gsm8k

SAMPLES = 8
_ALONE = 40  # problems that are put one after another, for the time that one takes
TRANSFORMERS = "transformers, greedy"


@dataclass(frozen=True)
class Way:
    """One way to answer: weights as `--quantize` has them, and how many samples."""

    name: str
    quantize: str
    samples: int = 1

    @property
    def flags(self) -> tuple[str, ...]:
        drawn = evaluating.GREEDY if self.samples == 1 else ("--temperature", "0.6", "--n", str(self.samples))
        return (*drawn, "--quantize", self.quantize)

    @property
    def file(self) -> str:
        return self.name.replace(", ", "-").replace("@", "-") + ".jsonl"


WAYS = (
    Way("float, greedy", "none"),
    Way("Q8_0, greedy", "q8_0"),
    Way("Q4_0, greedy", "q4_0"),
    Way("Q8_0, maj@8", "q8_0", SAMPLES),
)


def measure(work: Path, folder: Path, scale: Scale) -> dict:
    """Returns and writes measure/report.json: accuracy by way and set, what `kinglet eval` says of each way, accuracy
    within sets, and how it compares with transformers."""
    out = work / "measure"
    sets = {**held_out_sets.read(work / "held-out"), "gsm8k": list(gsm8k.questions("test"))}
    questions = evaluating.write_sets(out / "questions.jsonl", sets, scale.test_limit)
    entries = [json.loads(line) for line in questions.read_text().splitlines()]
    tokens = ("--max-tokens", str(scale.answer_tokens))
    report: dict = {"accuracy": {}, "ways": {}, "count": {name: len(q[: scale.test_limit]) for name, q in sets.items()}}
    for way in WAYS:
        summary = evaluating.evaluate(folder, questions, out / way.file, "--by", "set", *way.flags, *tokens)
        report["ways"][way.name] = summary
        report["accuracy"][way.name] = {
            group["name"]: group["majority"] if way.samples > 1 else evaluating.accuracy(group)
            for group in summary["groups"]
        }
        print(f"measure: {way.name}: {said(summary)}", flush=True)
    theirs = _transformers(out / "transformers.json", folder, entries, scale)
    report["accuracy"][TRANSFORMERS] = _shares(
        (e["set"], answer["right"]) for e, answer in zip(entries, theirs, strict=True) if answer["right"] is not None
    )
    ours = [record["samples"][0] for record in evaluating.records(out / WAYS[0].file)]
    report["same as transformers"] = _shares(
        (e["set"], a["text"].strip() == b["text"] and a["thought"].strip() == b["thought"])
        for e, a, b in zip(entries, ours, theirs, strict=True)
        # Kinglet leaves an answer room that a thought would take in transformers.
        if a["thoughtEnd"] == "model" and a["finish"] == "stop"
    )
    judged = zip(entries, evaluating.records(out / WAYS[1].file), strict=True)
    report["within"] = _within([(e, r["samples"][0]["right"]) for e, r in judged if r["gold"] is not None])
    alone = evaluating.write_sets(out / "alone.jsonl", {"": sets["stories-2"]}, scale.test_limit or _ALONE)
    report["seconds"] = {
        way.name: evaluating.evaluate(
            folder, alone, out / "alone" / way.file, *way.flags, *tokens, "--concurrency", "1"
        )["secondsPerSolved"]
        for way in WAYS
        if way.samples == 1
    }
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print_report(report)
    return report


def _transformers(path: Path, folder: Path, entries: list[dict], scale: Scale) -> list[dict]:
    if not path.exists():
        path.write_text(json.dumps(beside.transformers_answers(folder, entries, scale.answer_tokens)) + "\n")
    return json.loads(path.read_text())


def _shares(of) -> dict[str, float]:
    """The share of what is true, by name."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, holds in of:
        counts[name][0] += holds
        counts[name][1] += 1
    return {name: right / count for name, (right, count) in counts.items()}


def _within(judged: list[tuple[dict, bool]]) -> dict[str, dict[str, float]]:
    """[set][group]: by structure for stories, by skill for measures and algebra, else by digits."""

    def group(entry: dict) -> str:
        if entry["set"].startswith("stories"):
            return entry["structure"]
        return entry["skill"] if entry["set"] in ("measures", "algebra") else f"{entry['digits']} digits"

    kept = [(e, right) for e, right in judged if e["set"] not in ("programs", "gsm8k", "talk")]
    return {
        name: _shares((group(e), right) for e, right in kept if e["set"] == name)
        for name in dict.fromkeys(e["set"] for e, _ in kept)
    }


def said(summary: dict) -> str:
    ended = summary["thoughtsEnded"]
    return (
        f"{summary['tokensPerAnswer']:.0f} tokens an answer, {100 * summary['truncated']:.2f} % cut, "
        f"{100 * summary['looped']:.2f} % in a loop, "
        f"{'no thoughts' if ended is None else f'{100 * ended:.2f} % of thoughts ended by themselves'}"
    )


def print_report(report: dict) -> None:
    ways = list(report["accuracy"])
    print("\n| set | n | " + " | ".join(ways) + " |\n|---|" + "---:|" * (len(ways) + 1))
    for name, count in report["count"].items():
        cells = [report["accuracy"][way].get(name) for way in ways]
        print(f"| {name} | {count} | " + " | ".join("-" if c is None else f"{100 * c:.1f}" for c in cells) + " |")
    for name, groups in report["within"].items():
        print(f"{name}: " + ", ".join(f"{key} {100 * share:.0f}" for key, share in groups.items()))
    print(f"same text as transformers: { {k: round(v, 3) for k, v in report['same as transformers'].items()} }")
    print(f"seconds a solved two-step story, alone: {report['seconds']}")
