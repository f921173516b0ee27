"""Trains kinglet-nano itself: pretraining on the weighted mix, mid-training on what still helps, a longer context, then
fine-tuning in stages, format first and chains of thought second."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from . import curate, influence, tokenizer
from .corpus import Mix
from .export import export
from .model import Decoder, parameter_count
from .problem import Problem
from .scale import LONG, LONG_THETA, Scale
from .sources import SOURCES
from .text import chat_source, full_shape, plain_sources
from .training import Phase, load_model, run_phase, with_context
from .weigh import probe_sets

SEED = 3
# Tokens of a thought that is learnt: long chains cost the paper's smallest models more than they brought.
LONGEST_THOUGHT = 150
# Shares of pretraining at which the weights are kept, to see how accuracy grows with tokens.
KEPT_AT = (0.125, 0.25, 0.5, 0.75)
# Shares of the fine-tuning stages, by hand: what people will ask, and talk enough to behave.
_FORMAT = {"talk": 0.45, "integers": 0.2, "measures": 0.12, "algebra": 0.08, "stories": 0.15}
_THINK = {
    "integers": 0.30,
    "measures": 0.17,
    "algebra": 0.08,
    "stories": 0.33,
    "programs": 0.03,
    "gsm8k": 0.03,
    "talk": 0.06,
}


def _say(text: str) -> None:
    print(text, flush=True)


def _run(
    work: Path,
    scale: Scale,
    phase: Phase,
    start: Callable[[], Decoder],
    mix: Mix,
    keep_at: tuple[float, ...] = (),
) -> Path:
    return run_phase(phase, start, mix, work / "nano", compile_graph=scale.compile_graph, keep_at=keep_at, say=_say)


def pretrain(work: Path, scale: Scale, weights: dict[str, float]) -> Path:
    mix = Mix(plain_sources(work), weights, scale.pretrain.length, SEED)

    def start() -> Decoder:
        torch.manual_seed(SEED)
        model = Decoder(full_shape(scale))
        _say(f"pretrain: {parameter_count(model):,} parameters")
        return model

    return _run(work, scale, scale.pretrain, start, mix, KEPT_AT)


def _filtered(work: Path, scale: Scale, model: Decoder, weights: dict[str, float]) -> dict:
    """Which documents still help: for each source the kept ones' numbers, and how many of how many these are."""
    path = work / "nano" / "kept.json"
    if path.exists():
        return json.loads(path.read_text())
    sets = {skill: [e.document(i) for i in range(len(e))] for skill, e in probe_sets(work, scale).items()}
    direction = influence.average_direction([influence.probe_direction(model, d) for d in sets.values()])
    kept, counts = {}, {}
    for number, (name, source) in enumerate(plain_sources(work).items()):
        count = min(len(source), max(8, round(scale.candidates * max(weights.get(name, 0), 0.02))))
        chosen = torch.randperm(len(source), generator=torch.Generator().manual_seed(number))[:count].tolist()
        documents = [source.document(i) for i in chosen]
        scores = influence.influence(model, documents, direction).tolist()
        kept[name] = [i for i, score in zip(chosen, scores, strict=True) if score > 0]
        counts[name] = [len(kept[name]), count]
        _say(f"midtrain: {name}: {len(kept[name])} of {count} documents help")
    result = {"kept": kept, "counts": counts}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result) + "\n")
    part.rename(path)
    return result


def midtrain(work: Path, scale: Scale, weights: dict[str, float], before: Path) -> Path:
    """The mix stays what it was: anew from the influence of what is left it would be two thirds GSM8K, whose few
    documents would come seven times each while the model forgets to compute."""
    if (work / "nano" / "midtrain.pt").exists():
        return work / "nano" / "midtrain.pt"
    filtered = _filtered(work, scale, load_model(before), weights)
    sources = {n: s.subset(filtered["kept"][n]) for n, s in plain_sources(work).items() if filtered["kept"][n]}
    mix = Mix(sources, {name: weights[name] for name in sources}, scale.midtrain.length, SEED + 1)
    return _run(work, scale, scale.midtrain, partial(load_model, before), mix)


def _chosen(work: Path, name: str, count: int, short: bool) -> list[Problem]:
    """The last `count` curated problems with a chain of at most LONGEST_THOUGHT tokens; of one operation at most where
    `short`."""
    fits = [p for p in curate.problems(work, name) if p.thought and (not short or len(p.pairs) <= 1)]
    made = tokenizer.load(work / "tokenizer")
    lengths = [len(e.ids) for e in made.encode_batch([p.thought for p in fits], add_special_tokens=False)]
    return [p for p, length in zip(fits, lengths, strict=True) if length <= LONGEST_THOUGHT][-count:]


def extend(work: Path, scale: Scale, weights: dict[str, float], before: Path) -> Path:
    """Long rows, with RoPE's base scaled for them. Before fine-tuning, whose rows are short: behind it the same cost a
    fifth of the answers (stories of two steps fell from 64 to 50 %)."""
    mix = Mix(plain_sources(work), weights, scale.long.length, SEED + 2)
    return _run(work, scale, scale.long, lambda: with_context(load_model(before), LONG_THETA, scale.long.length), mix)


def fine_tune(work: Path, scale: Scale, before: Path) -> Path:
    """Format, then thinking."""
    short = {
        n: chat_source(work, f"short-{n}", _chosen(work, n, round(scale.chats * s / 4) + 1, True))
        for n, s in _FORMAT.items()
    }
    chats = {n: chat_source(work, n, _chosen(work, n, round(scale.chats * s) + 1, False)) for n, s in _THINK.items()}
    stages = ((scale.format, short, _FORMAT), (scale.think, chats, _THINK))
    for number, (phase, sources, shares) in enumerate(stages, SEED + 3):
        mix = Mix(sources, shares, phase.length, number)
        before = _run(work, scale, phase, partial(load_model, before), mix)
    return before


def train(work: Path, scale: Scale, weights: dict[str, float]) -> Path:
    """All phases; returns the folder of the checkpoint, in bfloat16."""
    assert set(weights) <= set(SOURCES)
    base = midtrain(work, scale, weights, pretrain(work, scale, weights))
    end = fine_tune(work, scale, extend(work, scale, weights, base))
    model = load_model(end)
    if model.shape.context != LONG:
        model = with_context(model, model.shape.theta, LONG)
    folder = work / "kinglet-nano"
    export(model, work / "tokenizer", folder)
    _say(f"train: {folder}, {(folder / 'model.safetensors').stat().st_size / 1e6:.1f} MB")
    return folder
