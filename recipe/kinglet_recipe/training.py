"""One phase of training, on a CPU or a GPU, resumable after a kill at any moment."""

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .corpus import IGNORED, Mix
from .model import Decoder, Shape
from .muon import Muon

_SAVE_EVERY_S = 60.0
# Less than the usual 0.95: a short run hasn't the steps for a long memory (1.39 and 1.44 nats after 244 steps).
_MOMENTUM = 0.9


@dataclass(frozen=True)
class Phase:
    """How long and how fast: `tokens` in all, `rows` of `length` a step, the learning rate from `peak` (after
    `warmup`, a share of the steps) on a line to `last` times `peak`."""

    name: str
    tokens: int
    rows: int
    length: int
    peak: float
    warmup: float = 0.01
    last: float = 0.1
    decay: float = 0.1
    seed: int = 0

    @property
    def steps(self) -> int:
        return max(1, self.tokens // (self.rows * self.length))

    def rate(self, step: int) -> float:
        warm = max(1, round(self.warmup * self.steps))
        if step < warm:
            return self.peak * (step + 1) / warm
        done = (step - warm) / max(1, self.steps - warm)
        return self.peak * (1 - (1 - self.last) * done)


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _seconds(dtype: torch.dtype) -> float:
    """Of a product of the shapes that a step has most of, the best of some."""
    a, b = torch.ones(2048, 256, dtype=dtype), torch.ones(256, 768, dtype=dtype)
    best = math.inf
    for _ in range(20):
        began = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - began)
    return best


@cache
def computes_in_bfloat16(where: torch.device) -> bool:
    """Whether products in bfloat16 are faster than in float32. Having instructions for them says little: on a Sapphire
    Rapids whose AMX is hidden they take 1.8 times as long, on a Zen 4 half."""
    return where.type != "cpu" or _seconds(torch.bfloat16) < _seconds(torch.float32)


class Optimizers:
    """Muon for the matrices inside, AdamW for embedding and norms."""

    def __init__(self, model: nn.Module, decay: float, bfloat16: bool):
        matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and "embed" not in n]
        others = [p for n, p in model.named_parameters() if p.dim() != 2 or "embed" in n]
        self.all = [
            Muon(matrices, decay, _MOMENTUM, torch.bfloat16 if bfloat16 else torch.float32),
            torch.optim.AdamW(others, lr=0.0, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0, fused=True),
        ]

    def step(self, rate: float) -> None:
        for optimizer in self.all:
            for group in optimizer.param_groups:
                group["lr"] = torch.tensor(rate) if isinstance(group["lr"], Tensor) else rate
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> list[dict]:
        return [optimizer.state_dict() for optimizer in self.all]

    def restore(self, states: list[dict]) -> None:
        for optimizer, state in zip(self.all, states, strict=True):
            optimizer.load_state_dict(state)


def loss_of(model: Decoder, ids: Tensor, targets: Tensor, bfloat16: bool) -> Tensor:
    """Mean cross-entropy in nats over the targets that count."""
    with torch.autocast(ids.device.type, dtype=torch.bfloat16, enabled=bfloat16):
        logits = model(ids)
    return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), ignore_index=IGNORED)


def save_atomically(state: dict, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load_model(path: Path) -> Decoder:
    """A finished phase's model, on the CPU, in float32."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    model = Decoder(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"])
    return model


def with_context(model: Decoder, theta: float, context: int) -> Decoder:
    """The same weights with another RoPE base and context."""
    longer = Decoder(Shape(**{**model.shape.as_dict(), "theta": theta, "context": context}))
    longer.load_state_dict(model.state_dict())
    return longer


def run_phase(
    phase: Phase,
    start: Callable[[], Decoder],
    mix: Mix,
    folder: Path,
    *,
    compile_graph: bool = True,
    keep_at: tuple[float, ...] = (),
    say: Callable[[str], None] = print,
) -> Path:
    """Trains `start()` for one phase and returns the path of its end, `folder/NAME.pt`.

    What is under way is in `folder/NAME.running.pt`, from which a later call goes on as if nothing had happened.
    `keep_at`: shares of the phase at which the weights are kept, as `NAME.at-SHARE.pt`.
    """
    done, running = folder / f"{phase.name}.pt", folder / f"{phase.name}.running.pt"
    if done.exists():
        return done
    where = device()
    bfloat16 = computes_in_bfloat16(where)
    model = start()
    step, seconds = 0, 0.0
    saved = torch.load(running, map_location="cpu", weights_only=False) if running.exists() else None
    if saved:
        model.load_state_dict(saved["model"])
    model.to(where)
    optimizers = Optimizers(model, phase.decay, bfloat16)
    if saved:
        optimizers.restore(saved["optimizers"])
        mix.restore(saved["mix"])
        step, seconds = saved["step"], saved["seconds"]
        say(f"{phase.name}: goes on at step {step} of {phase.steps}")
    loss_function = torch.compile(loss_of) if compile_graph else loss_of
    marks = {max(1, round(share * phase.steps)): share for share in keep_at}
    began, last_save, last_word, shown = time.monotonic(), time.monotonic(), time.monotonic(), 0.0

    def snapshot() -> dict:
        return {"shape": model.shape.as_dict(), "model": model.state_dict()}

    batches: Iterator = mix.batches(phase.rows)
    while step < phase.steps:
        ids, targets = (torch.from_numpy(array).to(where) for array in next(batches))
        loss = loss_function(model, ids, targets, bfloat16)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizers.step(phase.rate(step))
        step += 1
        shown = float(loss.detach()) if shown == 0 else 0.95 * shown + 0.05 * float(loss.detach())
        now = time.monotonic()
        if step in marks:
            save_atomically(snapshot(), folder / f"{phase.name}.at-{marks[step]}.pt")
        if now - last_word > 20 or step == phase.steps:
            spent = seconds + now - began
            left = spent / step * (phase.steps - step)
            say(
                f"{phase.name}: step {step} of {phase.steps}, loss {shown:.4f}, "
                f"{step * phase.rows * phase.length / spent:.0f} tokens/s, {left:.0f} s left"
            )
            last_word = now
        if now - last_save > _SAVE_EVERY_S:
            state = {
                "optimizers": optimizers.state(),
                "mix": mix.state(),
                "step": step,
                "seconds": seconds + now - began,
            }
            save_atomically({**snapshot(), **state}, running)
            last_save = time.monotonic()
    save_atomically({**snapshot(), "seconds": seconds + time.monotonic() - began, "epochs": mix.epochs()}, done)
    running.unlink(missing_ok=True)
    return done
