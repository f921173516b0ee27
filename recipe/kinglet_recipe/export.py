"""Writes a checkpoint as the Hugging Face hub lays one out: what transformers and Kinglet load."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from .model import Decoder, Shape
from .tokenizer import BOS, EOS, EOT, PAD, load


def config_of(shape: Shape, ids: dict[str, int], dtype: str) -> dict:
    """config.json of a `Llama4ForCausalLM` without experts, as MobileLLM-R1's are."""
    return {
        "architectures": ["Llama4ForCausalLM"],
        "attention_bias": False,
        "attention_chunk_size": shape.context,
        "attention_dropout": 0.0,
        "attn_scale": 0.1,
        "attn_temperature_tuning": False,
        "bos_token_id": ids[BOS],
        "eos_token_id": [ids[EOS], ids[EOT]],
        "pad_token_id": ids[PAD],
        "floor_scale": 8192,
        "head_dim": shape.head_size,
        "hidden_act": "silu",
        "hidden_size": shape.width,
        "initializer_range": 0.02,
        "interleave_moe_layer_step": 0,
        "intermediate_size": shape.hidden,
        "intermediate_size_mlp": shape.hidden,
        "layer_types": ["chunked_attention"] * shape.layers,
        "max_position_embeddings": shape.context,
        "model_type": "llama4_text",
        "moe_layers": [],
        "no_rope_layers": [1] * shape.layers,
        "num_attention_heads": shape.heads,
        "num_experts_per_tok": 0,
        "num_hidden_layers": shape.layers,
        "num_key_value_heads": shape.kv_heads,
        "num_local_experts": 0,
        "rms_norm_eps": shape.eps,
        "rope_scaling": None,
        "rope_theta": shape.theta,
        "tie_word_embeddings": True,
        "torch_dtype": dtype,
        "use_cache": True,
        "use_qk_norm": True,
        "vocab_size": shape.vocab,
    }


def export(model: Decoder, tokenizer_folder: Path, folder: Path, dtype: str = "bfloat16") -> None:
    """`folder` gets config.json, generation_config.json, model.safetensors in `dtype`, and the tokenizer's files."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = load(tokenizer_folder)
    ids = {text: tokenizer.token_to_id(text) for text in (BOS, EOS, EOT, PAD)}
    weights = {
        f"model.{name}": weight.to(getattr(torch, dtype)).contiguous() for name, weight in model.state_dict().items()
    }
    file = folder / "model.safetensors"
    save_file(weights, file, metadata={"format": "pt"})
    # It is made for its owner alone, whatever the umask says.
    file.chmod(0o644)
    (folder / "config.json").write_text(json.dumps(config_of(model.shape, ids, dtype), indent=2) + "\n")
    generation = {
        "bos_token_id": ids[BOS],
        "eos_token_id": [ids[EOS], ids[EOT]],
        "pad_token_id": ids[PAD],
        "do_sample": True,
        "temperature": 0.6,
        "top_p": 0.95,
    }
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(tokenizer_folder / name, folder / name)
