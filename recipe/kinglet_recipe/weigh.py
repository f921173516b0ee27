"""What each source does for each skill: left out of training, and by influence; and the mix that follows."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from . import corpus, influence, probes, tokenizer
from .corpus import Encoded, Mix
from .model import Decoder
from .scale import Scale
from .text import plain_sources, small_shape
from .training import load_model, run_phase

# Shares of the run at whose ends influence is taken; later ones weigh more, in proportion.
_CHECKPOINTS = (0.4, 0.7, 1.0)


def probe_sets(work: Path, scale: Scale) -> dict[str, Encoded]:
    made = tokenizer.load(work / "tokenizer")
    return {
        skill: corpus.encode(made, [probes.document(p) for p in probes.problems(skill, scale.probe)])
        for skill in probes.PROBES
    }


def _documents(encoded: Encoded) -> list:
    return [encoded.document(i) for i in range(len(encoded))]


def _run(work: Path, scale: Scale, name: str, left_out: str | None, seed: int = 0) -> Path:
    sources = plain_sources(work)
    weights = {source: 0.0 if source == left_out else 1.0 for source in sources}
    phase = replace(scale.leave_out, name=name, seed=seed)
    mix = Mix(sources, weights, phase.length, seed)

    def start() -> Decoder:
        torch.manual_seed(seed)
        return Decoder(small_shape(scale))

    return run_phase(
        phase,
        start,
        mix,
        work / "weigh",
        compile_graph=scale.compile_graph,
        keep_at=_CHECKPOINTS if left_out is None else (),
        say=lambda s: print(s, flush=True),
    )


def leave_one_out(work: Path, scale: Scale) -> dict[str, dict[str, float]]:
    """Loss of each skill without a source less its loss with all [source][skill]: positive where the source helps."""
    sets = {skill: _documents(encoded) for skill, encoded in probe_sets(work, scale).items()}

    def losses(path: Path) -> dict[str, float]:
        model = load_model(path)
        return {skill: float(influence.document_losses(model, documents).mean()) for skill, documents in sets.items()}

    full = losses(_run(work, scale, "all", None))
    table = {"": full}
    for source in plain_sources(work):
        without = losses(_run(work, scale, f"without-{source}", source))
        table[source] = {skill: without[skill] - full[skill] for skill in full}
    return table


def influences(work: Path, scale: Scale) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Mean influence of a token of each source on each skill [source][skill], and the mix."""
    _run(work, scale, "all", None)
    sets = {skill: _documents(encoded) for skill, encoded in probe_sets(work, scale).items()}
    sources = plain_sources(work)
    chosen = {name: influence.some(source, scale.scored, 5) for name, source in sources.items()}
    lengths = {name: torch.tensor([float(len(ids)) for ids, _ in documents]) for name, documents in chosen.items()}
    table = {name: dict.fromkeys(sets, 0.0) for name in sources}
    joint = {name: torch.zeros(len(documents), dtype=torch.float64) for name, documents in chosen.items()}
    for share in _CHECKPOINTS:
        model = load_model(work / "weigh" / f"all.at-{share}.pt")
        weight = share / sum(_CHECKPOINTS)
        for skill, documents in sets.items():
            direction = influence.probe_direction(model, documents)
            for name in sources:
                scores = weight * influence.influence(model, chosen[name], direction)
                joint[name] += scores
                table[name][skill] += float((scores * lengths[name]).sum() / lengths[name].sum())
    return table, influence.mix_of(joint, lengths)


def _once(path: Path, make: Callable[[], dict]) -> dict:
    """What an earlier call made and kept in `path`, or what this one makes."""
    if not path.exists():
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(made, indent=2) + "\n")
        part.rename(path)
    return json.loads(path.read_text())


def mix(work: Path, scale: Scale) -> dict[str, float]:
    """The weighted mix, which training needs; of both measures it takes the second alone."""
    return _influence(work, scale)["mix"]


def _influence(work: Path, scale: Scale) -> dict:
    def make() -> dict:
        table, shares = influences(work, scale)
        return {"influence": table, "mix": shares}

    return _once(work / "weigh" / "influence.json", make)


def weigh(work: Path, scale: Scale) -> None:
    """Both measures, printed, and kept in weigh/."""
    left_out = _once(work / "weigh" / "left-out.json", lambda: leave_one_out(work, scale))
    print_report({"left out": left_out, **_influence(work, scale)})


def print_report(report: dict) -> None:
    _table("loss with all sources, nats a token", {"all": report["left out"][""]}, "{:8.3f}")
    rest = {name: row for name, row in report["left out"].items() if name}
    _table("how much higher the loss is without a source", rest, "{:+8.3f}")
    _table("influence of a token of a source, in thousandths", report["influence"], "{:+8.2f}", 1000)
    print("mix: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share in report["mix"].items()))


def _table(title: str, rows: dict[str, dict[str, float]], form: str, factor: float = 1.0) -> None:
    skills = list(next(iter(rows.values())))
    print(f"\n{title}")
    print(" " * 10 + " ".join(f"{skill[:8]:>8}" for skill in skills))
    for name, row in rows.items():
        print(f"{name:10}" + " ".join(form.format(factor * row[skill]) for skill in skills))
