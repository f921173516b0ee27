"""Puts the held-out sets and GSM8K's test set to the finished model: through Kinglet's HTTP API in several formats,
greedily and by majority, and beside it through transformers."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import answering, beside, held_out_sets, serving
from .scale import Scale
from .sources import gsm8k

SAMPLES, TEMPERATURE = 8, 0.6
_ALONE = 40  # problems that are put one after another, for the time that one takes


@dataclass(frozen=True)
class Way:
    """One way to answer: weights as `--quantize` has them, and how many samples."""

    name: str
    quantize: str
    samples: int = 1
    temperature: float = 0.0


WAYS = (
    Way("float, greedy", "none"),
    Way("Q8_0, greedy", "q8_0"),
    Way("Q4_0, greedy", "q4_0"),
    Way("Q8_0, maj@8", "q8_0", SAMPLES, TEMPERATURE),
)
TRANSFORMERS = "transformers, greedy"


def test_sets(work: Path, scale: Scale) -> dict[str, list[dict]]:
    sets = held_out_sets.read(work / "held-out")
    sets["gsm8k"] = [
        {
            "question": e["question"],
            "answer": e["answer"].replace(",", ""),
            "skill": "gsm8k",
            "structure": "gsm8k",
            "template": "",
            "steps": 0,
            "digits": 0,
        }
        for e in gsm8k.questions("test")
    ]
    return {name: entries[: scale.test_limit] for name, entries in sets.items()}


def _kept(path: Path, entries: list[dict], ask: Callable[[list[dict]], list[dict]]) -> list[dict]:
    """Answers that an earlier call wrote, or those of `ask`, written."""
    if not path.exists():
        answering.write_records(path, entries, ask(entries))
    return [json.loads(line) for line in path.read_text().splitlines()]


def measure(work: Path, folder: Path, scale: Scale) -> dict:
    """Returns and writes measure/report.json: [way][set] with accuracy and the rates of what went wrong."""
    out = work / "measure"
    sets = test_sets(work, scale)
    report: dict = {"ways": {}, "groups": {}}
    records: dict[str, dict[str, list[dict]]] = {}
    for way in WAYS:
        slug = way.name.replace(", ", "-").replace("@", "-")
        missing = [name for name in sets if not (out / slug / f"{name}.jsonl").exists()]
        if missing:
            with serving.served(folder, out / slug / "server.log", ("--quantize", way.quantize)) as url:
                for name in missing:
                    began = time.monotonic()
                    _kept(
                        out / slug / f"{name}.jsonl",
                        sets[name],
                        lambda entries, url=url, way=way: answering.chat_answers(
                            url, entries, scale.answer_tokens, way.samples, way.temperature
                        ),
                    )
                    print(f"measure: {way.name}: {name} in {time.monotonic() - began:.0f} s", flush=True)
        records[way.name] = {name: _kept(out / slug / f"{name}.jsonl", [], list) for name in sets}
    records[TRANSFORMERS] = {
        name: _kept(
            out / "transformers" / f"{name}.jsonl",
            entries,
            lambda e: beside.transformers_answers(folder, e, scale.answer_tokens),
        )
        for name, entries in sets.items()
    }
    for way, by_set in records.items():
        report["ways"][way] = {name: summary(results) for name, results in by_set.items()}
    report["groups"] = groups(records["Q8_0, greedy"])
    report["same as transformers"] = _agreement(records[TRANSFORMERS], records["float, greedy"])
    report["seconds"] = seconds_alone(work, folder, sets["stories-2"][:_ALONE], scale)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print_report(report)
    return report


def summary(results: list[dict]) -> dict[str, float]:
    """Rates over answers, each of which may be several samples."""
    samples = sum(len(r["texts"]) for r in results)
    entry = {"count": len(results), "accuracy": answering.accuracy(results)}
    if "tokens" in results[0]:
        entry["tokens"] = sum(r["tokens"] for r in results) / samples
        for name in ("cut", "looped", "ended thought"):
            entry[name] = sum(r[name] for r in results) / samples
        entry["mean of samples"] = sum(r["rights"] for r in results) / samples
    return entry


def groups(by_set: dict[str, list[dict]]) -> dict[str, dict[str, list[int]]]:
    """[set][group] of right and all: by structure for stories, by skill for measures and algebra, else by digits."""
    table: dict[str, dict[str, list[int]]] = {}
    for name, results in by_set.items():
        for r in results:
            if r["right"] is None or name in ("programs", "gsm8k", "talk"):
                continue
            key = (
                r["structure"]
                if name.startswith("stories")
                else r["skill"]
                if not r["digits"]
                else f"{r['digits']} digits"
            )
            cell = table.setdefault(name, {}).setdefault(key, [0, 0])
            cell[0] += r["right"]
            cell[1] += 1
    return table


def _agreement(ours: dict[str, list[dict]], theirs: dict[str, list[dict]]) -> dict[str, float]:
    """Share of answers that are the same text, thought and all."""
    same = {}
    for name, results in ours.items():
        pairs = list(zip(results, theirs[name], strict=True))
        same[name] = sum(
            a["texts"][0].strip() == b["texts"][0].strip() and a["thoughts"][0].strip() == b["thoughts"][0].strip()
            for a, b in pairs
        ) / len(pairs)
    return same


def seconds_alone(work: Path, folder: Path, entries: list[dict], scale: Scale) -> dict[str, float]:
    """Seconds a solved problem when `entries` are put one after another, by format."""
    found = {}
    for way in WAYS:
        if way.samples > 1:
            continue
        with serving.served(folder, work / "measure" / "alone.log", ("--quantize", way.quantize)) as url:
            began = time.monotonic()
            results = [r for e in entries for r in answering.chat_answers(url, [e], scale.answer_tokens)]
            found[way.name] = (time.monotonic() - began) / max(1, sum(r["right"] for r in results))
    return found


def print_report(report: dict) -> None:
    ways = list(report["ways"])
    sets = list(report["ways"][ways[0]])
    print("\n| set | n | " + " | ".join(ways) + " |\n|---|" + "---:|" * (len(ways) + 1))
    for name in sets:
        cells = [report["ways"][way][name] for way in ways]
        shown = ("-" if name == "talk" else f"{100 * cell['accuracy']:.1f}" for cell in cells)
        print(f"| {name} | {cells[0]['count']} | " + " | ".join(shown) + " |")
    for title in ("tokens", "cut", "looped", "ended thought"):
        factor = 1 if title == "tokens" else 100
        cells = {way: rows for way, rows in report["ways"].items() if title in rows[sets[0]]}
        print(
            f"{title}: "
            + "; ".join(
                f"{way}: {', '.join(f'{name} {factor * row[title]:.1f}' for name, row in rows.items())}"
                for way, rows in cells.items()
            )
        )
    for name, table in report["groups"].items():
        print(f"{name}: " + ", ".join(f"{key} {right}/{count}" for key, (right, count) in table.items()))
    print(f"same text as transformers: { {k: round(v, 3) for k, v in report['same as transformers'].items()} }")
    print(f"seconds a solved two-step story, alone: { {k: round(v, 2) for k, v in report['seconds'].items()} }")
