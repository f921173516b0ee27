"""Writes the frequencies that transformers computes for several RoPE configurations."""

import json
from pathlib import Path

from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

OUTPUT = Path(__file__).parent.parent / "generated" / "rope.json"

LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
YARN = {
    "rope_type": "yarn",
    "rope_theta": 1000000.0,
    "factor": 4.0,
    "original_max_position_embeddings": 32768,
}

# (head size, max_position_embeddings, rope_parameters)
CASES = [
    (64, 8192, {"rope_type": "default", "rope_theta": 100000.0}),
    (128, 131072, {"rope_type": "default", "rope_theta": 8000000.0}),
    (64, 4096, {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.5}),
    (64, 131072, LLAMA3),
    (128, 131072, {**LLAMA3, "factor": 8.0}),
    (128, 131072, YARN),
    (64, 131072, {**YARN, "truncate": False}),
    (64, 131072, {**YARN, "beta_fast": 16.0, "beta_slow": 2.0}),
    (64, 131072, {**YARN, "attention_factor": 1.25}),
    (64, 131072, {**YARN, "mscale": 0.707, "mscale_all_dim": 1.0}),
    (64, 256, {**YARN, "rope_theta": 10000.0, "original_max_position_embeddings": 32, "factor": 8.0}),
    (32, 4096, {**YARN, "factor": None, "original_max_position_embeddings": 1024}),
]


def frequencies(head_dim: int, positions: int, parameters: dict) -> dict:
    config = LlamaConfig(
        hidden_size=4 * head_dim,
        num_attention_heads=4,
        max_position_embeddings=positions,
        rope_parameters=dict(parameters),
    )
    kind = parameters["rope_type"]
    if kind == "default":
        values, magnitude = LlamaRotaryEmbedding.compute_default_rope_parameters(config)
    else:
        values, magnitude = ROPE_INIT_FUNCTIONS[kind](config)
    return {
        "head_dim": head_dim,
        "max_position_embeddings": positions,
        "rope_parameters": parameters,
        "inverse_frequencies": values.tolist(),
        "magnitude": float(magnitude),
    }


def write() -> None:
    lines = ",\n".join(json.dumps(frequencies(*case)) for case in CASES)
    OUTPUT.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    write()
