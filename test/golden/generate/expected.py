"""Runs a model in transformers and writes what it says."""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import AutoConfig, AutoModelForCausalLM

INPUT_TOKENS = 80
GREEDY_TOKENS = 48


def load(folder: Path, weights: dict[str, torch.Tensor]) -> torch.nn.Module:
    """The model of `folder`'s config.json with the given weights, in float32."""
    model = AutoModelForCausalLM.from_config(
        AutoConfig.from_pretrained(folder), dtype=torch.float32, attn_implementation="eager"
    )
    state = {name: tensor.float() for name, tensor in weights.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert unexpected == [] and missing in ([], ["lm_head.weight"]), (missing, unexpected)
    model.tie_weights()
    return model.eval()


@torch.no_grad()
def run(model: torch.nn.Module, seed: int) -> tuple[dict[str, np.ndarray], float]:
    """What expected.safetensors holds, and how close the closest greedy step was."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, 379, (INPUT_TOKENS,), generator=generator)
    ids[0] = 379
    logits = model(ids[None], use_cache=False).logits[0]
    sequence, margin = ids, float("inf")
    for _ in range(GREEDY_TOKENS):
        best = model(sequence[None], use_cache=False).logits[0, -1].topk(2)
        margin = min(margin, float(best.values[0] - best.values[1]))
        sequence = torch.cat([sequence, best.indices[:1]])
    expected = {
        "input_ids": ids.numpy().astype(np.int32),
        "logits": logits.numpy().astype(np.float32),
        "greedy_ids": sequence[INPUT_TOKENS:].numpy().astype(np.int32),
    }
    return expected, margin


def write(path: Path, expected: dict[str, np.ndarray]) -> None:
    save_file(expected, path)
