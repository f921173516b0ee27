"""The table of cases: configurations as config.json has them, and how the weights are stored."""

from dataclasses import dataclass, field

import torch

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "vocab_size": 384,
    "tie_word_embeddings": True,
    "bos_token_id": 379,
    "eos_token_id": 383,
    "initializer_range": 0.12,
}

QWEN3 = {
    **{k: v for k, v in LLAMA.items() if k != "mlp_bias"},
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "head_dim": 32,
    "rms_norm_eps": 1e-6,
    "use_sliding_window": False,
    "sliding_window": None,
}

LLAMA4 = {
    **{k: v for k, v in LLAMA.items() if k not in ("mlp_bias", "intermediate_size")},
    "architectures": ["Llama4ForCausalLM"],
    "model_type": "llama4_text",
    "head_dim": 16,
    "intermediate_size": 96,
    "intermediate_size_mlp": 96,
    "num_hidden_layers": 4,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": False,
    "use_qk_norm": True,
    "no_rope_layers": [1, 1, 1, 0],
    "attention_chunk_size": 8192,
    "attn_temperature_tuning": True,
    "floor_scale": 8,
    "attn_scale": 0.1,
    "moe_layers": [],
    "interleave_moe_layer_step": 0,
    "num_local_experts": 0,
    "num_experts_per_tok": 0,
    "rope_theta": 500000.0,
}

OLMO2 = {
    **{k: v for k, v in LLAMA.items() if k != "mlp_bias"},
    "architectures": ["Olmo2ForCausalLM"],
    "model_type": "olmo2",
}

# Every bias that transformers' class of the family can have.
BIASES = {
    "llama": {
        **LLAMA,
        "attention_bias": True,
        "mlp_bias": True,
    },
    "llama4": {
        **LLAMA4,
        "attention_bias": True,
        "num_hidden_layers": 2,
        "no_rope_layers": [1, 1],
    },
    "olmo2": {**OLMO2, "attention_bias": True},
    "qwen3": {**QWEN3, "attention_bias": True},
}

LINEAR = {"rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 4.0}}

YARN = {
    "rope_parameters": {
        "rope_type": "yarn",
        "rope_theta": 10000.0,
        "factor": 8.0,
        "original_max_position_embeddings": 32,
    },
    "max_position_embeddings": 256,
}

YARN_ATTENTION_FACTOR = {
    "rope_parameters": {
        "rope_type": "yarn",
        "rope_theta": 50000.0,
        "factor": 4.0,
        "original_max_position_embeddings": 64,
        "attention_factor": 1.3,
        "beta_fast": 16.0,
        "beta_slow": 2.0,
        "truncate": False,
    },
    "max_position_embeddings": 256,
}


@dataclass(frozen=True)
class Case:
    name: str
    config: dict
    storage: torch.dtype
    # "string" and "list" stand in tokenizer_config.json, "file" is chat_template.jinja.
    template: str = "file"
    shards: int = 1
    gguf: bool = False
    # Further GGUF keys: (method of GGUFWriter, arguments).
    gguf_keys: list = field(default_factory=list)


CASES = [
    Case("linear-rope", {**LLAMA, **LINEAR}, torch.float32, template="string"),
    Case(
        "yarn-rope-sharded",
        {**LLAMA, **YARN, "tie_word_embeddings": False},
        torch.float16,
        template="list",
        shards=3,
    ),
    Case("yarn-attention-factor", {**QWEN3, **YARN_ATTENTION_FACTOR}, torch.bfloat16),
    Case(
        "split",
        {**LLAMA, "rope_theta": 10000.0, "max_position_embeddings": 512},
        torch.float16,
        shards=3,
        gguf=True,
    ),
    Case(
        "linear-rope",
        {**LLAMA, **LINEAR},
        torch.float16,
        gguf=True,
        gguf_keys=[
            ("add_rope_scaling_type", "linear"),
            ("add_rope_scaling_factor", 4.0),
        ],
    ),
    Case(
        "yarn-rope",
        {**QWEN3, **YARN},
        torch.float16,
        gguf=True,
        gguf_keys=[
            ("add_rope_scaling_type", "yarn"),
            ("add_rope_scaling_factor", 8.0),
            ("add_rope_scaling_orig_ctx_len", 32),
        ],
    ),
    Case(
        "nope",
        LLAMA4,
        torch.float16,
        gguf=True,
        gguf_keys=[
            ("add_attn_temperature_length", 8),
            ("add_attn_temperature_scale", 0.1),
        ],
    ),
]

for family, config in BIASES.items():
    # A window of 0 has llama.cpp's llama4 rotate in every layer.
    keys = [("add_sliding_window", 0)] if family == "llama4" else []
    # Biases draw every answer to the same tokens: larger weights and a head apart from the embedding
    # keep it lively. llama has no norm on q and k: scores as far apart as weights of 0.3 make them
    # would turn the rounding of the KV cache into another answer.
    config = {
        "rope_theta": 10000.0,
        **config,
        "initializer_range": 0.2 if family == "llama" else 0.3,
        "tie_word_embeddings": False,
        "max_position_embeddings": 8192,
    }
    CASES.append(Case(f"{family}-biases", config, torch.bfloat16))
    CASES.append(Case(f"{family}-biases", config, torch.float16, gguf=True, gguf_keys=keys))
