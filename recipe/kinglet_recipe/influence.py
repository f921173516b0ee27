"""What training on a document does for a skill: the first-order influence of arXiv 2509.24945, section 5.

Influence here is the dot product of two gradients of the loss, of a document and of a skill's probe: by how much a
small step on the document lowers the probe's loss. (The paper puts an approximate inverse Hessian between the two;
at this scale it is left out.) The product with one direction g needs no gradient a document, only two losses:
L(x; w + e g) - L(x; w - e g) = 2 e <grad L(x), g> to second order, for all documents of a batch at once.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .corpus import IGNORED, Encoded
from .model import Decoder

_STEP = 1e-3  # length of the step along a direction of length 1
_ROWS = 64


def padded(documents: list[tuple[np.ndarray, np.ndarray]], length: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets [documents, at most length], padded at the end, where nothing is learnt."""
    size = min(length, max(len(ids) for ids, _ in documents) - 1)
    inputs = torch.zeros(len(documents), size, dtype=torch.long)
    targets = torch.full((len(documents), size), IGNORED)
    for row, (ids, learnt) in enumerate(documents):
        ids = torch.from_numpy(ids[: size + 1].astype(np.int64))
        inputs[row, : len(ids) - 1] = ids[:-1]
        counts = torch.from_numpy(learnt[1 : size + 1])
        targets[row, : len(ids) - 1] = torch.where(counts[: len(ids) - 1], ids[1:], IGNORED)
    return inputs, targets


def document_losses(model: Decoder, documents: list[tuple[np.ndarray, np.ndarray]]) -> Tensor:
    """Mean loss of each document in nats a token, [documents], float64."""
    order = sorted(range(len(documents)), key=lambda i: len(documents[i][0]))
    losses = torch.zeros(len(documents), dtype=torch.float64)
    with torch.no_grad():
        for start in range(0, len(order), _ROWS):
            chosen = order[start : start + _ROWS]
            inputs, targets = padded([documents[i] for i in chosen], model.shape.context)
            each = F.cross_entropy(
                model(inputs).flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="none"
            ).view(targets.shape)
            losses[chosen] = (each.double().sum(1) / (targets != IGNORED).sum(1).clamp(min=1)).double()
    return losses


def probe_direction(model: Decoder, documents: list[tuple[np.ndarray, np.ndarray]]) -> list[Tensor]:
    """The gradient of the probe's loss, one tensor a parameter, scaled to length 1 over all: so that every skill
    counts alike."""
    model.zero_grad(set_to_none=True)
    for start in range(0, len(documents), _ROWS):
        inputs, targets = padded(documents[start : start + _ROWS], model.shape.context)
        loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum")
        loss.backward()
    gradient = [p.grad.detach().clone() for p in model.parameters()]
    model.zero_grad(set_to_none=True)
    length = torch.sqrt(sum((g.double() ** 2).sum() for g in gradient)).clamp(min=1e-30)
    return [(g / length).float() for g in gradient]


def influence(model: Decoder, documents: list[tuple[np.ndarray, np.ndarray]], direction: list[Tensor]) -> Tensor:
    """<grad L(x), direction> of each document [documents]: positive where training on it helps the probe."""
    _shift(model, direction, _STEP)
    above = document_losses(model, documents)
    _shift(model, direction, -2 * _STEP)
    below = document_losses(model, documents)
    _shift(model, direction, _STEP)
    return (above - below) / (2 * _STEP)


def _shift(model: Decoder, direction: list[Tensor], step: float) -> None:
    with torch.no_grad():
        for p, d in zip(model.parameters(), direction, strict=True):
            p.add_(d, alpha=step)


def average_direction(directions: list[list[Tensor]]) -> list[Tensor]:
    return [torch.stack(parts).mean(0) for parts in zip(*directions, strict=True)]


def some(encoded: Encoded, count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    chosen = np.random.default_rng(seed).permutation(len(encoded))[:count]
    return [encoded.document(i) for i in chosen]


def mix_of(scores: dict[str, Tensor], lengths: dict[str, Tensor]) -> dict[str, float]:
    """The paper's closed form: a source weighs as much as the mean of influence times length over its documents;
    one whose mean is below zero gets nothing."""
    rho = {name: max(0.0, float((scores[name] * lengths[name]).mean())) for name in scores}
    total = sum(rho.values())
    if total == 0:
        return dict.fromkeys(scores, 1 / len(scores))
    return {name: value / total for name, value in rho.items()}
