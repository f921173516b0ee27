"""The comparison that the paper stands on, by accuracy: the weighted mix, a uniform one and one made by hand, at the
same number of tokens, over several seeds."""

import json
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import torch

from . import evaluating, held_out_sets
from .corpus import Mix
from .export import export
from .model import Decoder
from .scale import Scale
from .sources import SOURCES
from .text import plain_sources, small_shape
from .training import load_model, run_phase, with_context

# Sets that a base model answers as plain documents; talk has no exact answer.
COMPARED = [name for name in held_out_sets.SETS if name != "talk"]


def mixes(weighted: dict[str, float]) -> dict[str, dict[str, float]]:
    return {
        "weighted": weighted,
        "uniform": dict.fromkeys(SOURCES, 1 / len(SOURCES)),
        "by hand": {name: source.by_hand for name, source in SOURCES.items()},
    }


def run(work: Path, scale: Scale, name: str, weights: dict[str, float], seed: int) -> dict[str, float]:
    """Trains one small model and returns its accuracy by set."""
    path = work / "compare" / f"{name.replace(' ', '-')}-{seed}.json"
    if path.exists():
        return json.loads(path.read_text())
    phase = replace(scale.compared, name=path.stem, seed=seed)
    mix = Mix(plain_sources(work), weights, phase.length, seed)

    def start() -> Decoder:
        torch.manual_seed(seed)
        return Decoder(small_shape(scale))

    end = run_phase(
        phase, start, mix, work / "compare", compile_graph=scale.compile_graph, say=lambda s: print(s, flush=True)
    )
    folder = work / "compare" / path.stem
    base = load_model(end)
    # Room for a long question and its answer; positions beyond the training rows are seldom reached.
    export(with_context(base, base.shape.theta, 512), work / "tokenizer", folder, "float32")
    scores = plain_scores(work, scale, folder)
    path.write_text(json.dumps(scores, indent=2) + "\n")
    return scores


def plain_scores(work: Path, scale: Scale, folder: Path) -> dict[str, float]:
    """Accuracy of a base model by set, as plain documents."""
    sets = held_out_sets.read(work / "held-out")
    compared = {name: sets[name] for name in COMPARED}
    questions = evaluating.write_sets(work / "compare" / "questions.jsonl", compared, scale.test_limit)
    return evaluating.plain_scores(folder, questions, scale.answer_tokens)


def compare(work: Path, scale: Scale, weighted: dict[str, float]) -> dict:
    results: dict[str, list[dict[str, float]]] = {}
    for seed in scale.seeds:
        for name, weights in mixes(weighted).items():
            results.setdefault(name, []).append(run(work, scale, name, weights, seed))
            print(f"compare: {name}, seed {seed}: mean {100 * mean(results[name][-1].values()):.1f} %", flush=True)
    print_report(results)
    (work / "compare" / "report.json").write_text(json.dumps(results, indent=2) + "\n")
    return results


def print_report(results: dict[str, list[dict[str, float]]]) -> None:
    print("\naccuracy in %, mean and standard deviation over seeds")
    print(" " * 16 + " ".join(f"{name:>14}" for name in results))
    for row in [*COMPARED, "mean"]:
        cells = []
        for runs in results.values():
            values = [100 * (mean(r.values()) if row == "mean" else r[row]) for r in runs]
            cells.append(f"{mean(values):7.1f} ± {stdev(values) if len(values) > 1 else 0:4.1f}")
        print(f"{row:16}" + " ".join(f"{cell:>14}" for cell in cells))
