"""Writes a checkpoint as a GGUF model, in llama.cpp's names and keys."""

import json
from pathlib import Path

import gguf
import torch

from cases import Case
from checkpoint import REFERENCE, TEMPLATE

ARCHITECTURES = {"llama": "llama", "qwen3": "qwen3", "llama4_text": "llama4", "olmo2": "olmo2"}

NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}

LAYER_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "feed_forward.gate_proj": "ffn_gate",
    "feed_forward.up_proj": "ffn_up",
    "feed_forward.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}

# Norms after attention and feed-forward.
OLMO2_NAMES = {
    "post_attention_layernorm": "post_attention_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}


def gguf_name(model_type: str, name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    layer, rest = name.removeprefix("model.layers.").split(".", 1)
    module, kind = rest.rsplit(".", 1)
    names = {**LAYER_NAMES, **(OLMO2_NAMES if model_type == "olmo2" else {})}
    return f"blk.{layer}.{names[module]}.{kind}"


def side_by_side(tensor: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows (i, i + half) of each head become (2i, 2i + 1), as llama's converter has them."""
    halves = tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
    return halves.transpose(1, 2).reshape(tensor.shape)


def add_keys(writer: gguf.GGUFWriter, case: Case) -> None:
    config = case.config
    head_dim = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"])
    writer.add_name(case.name)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config.get("intermediate_size_mlp", config["intermediate_size"]))
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config.get("rope_parameters", config)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_dimension_count(head_dim)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    if config["model_type"] == "llama4_text":
        writer.add_expert_count(0)
        writer.add_interleave_moe_layer_step(0)
    for method, value in case.gguf_keys:
        if method == "add_rope_scaling_type":
            value = gguf.RopeScalingType(value)
        getattr(writer, method)(value)


def add_tokenizer(writer: gguf.GGUFWriter) -> None:
    tokenizer = json.loads((REFERENCE / "tokenizer.json").read_text())
    tokens = {id: token for token, id in tokenizer["model"]["vocab"].items()}
    types = {id: gguf.TokenType.NORMAL for id in tokens}
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = gguf.TokenType.CONTROL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list([tokens[id] for id in range(len(tokens))])
    writer.add_token_types([types[id] for id in range(len(tokens))])
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(379)
    writer.add_eos_token_id(383)
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)


def write_gguf(path: Path, case: Case, weights: dict[str, torch.Tensor]) -> None:
    """Matrices in F16, vectors in F32 with the values that F16 gave them."""
    config = case.config
    per_file = 0 if case.shards == 1 else -(-len(weights) // case.shards)
    writer = gguf.GGUFWriter(
        path,
        ARCHITECTURES[config["model_type"]],
        split_max_tensors=per_file,
    )
    add_keys(writer, case)
    add_tokenizer(writer)
    for name, tensor in weights.items():
        if config["model_type"] == "llama" and ".q_proj." in name:
            tensor = side_by_side(tensor, config["num_attention_heads"])
        if config["model_type"] == "llama" and ".k_proj." in name:
            tensor = side_by_side(tensor, config["num_key_value_heads"])
        if tensor.dim() == 1:
            tensor = tensor.float()
        writer.add_tensor(gguf_name(config["model_type"], name), tensor.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
