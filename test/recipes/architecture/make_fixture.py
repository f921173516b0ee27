"""Makes the golden cases of "heron", an architecture that exists for the recipe's test alone.

    python3 make_fixture.py TEST_GOLDEN

writes generated/checkpoints/heron and generated/gguf/heron.F32.gguf below TEST_GOLDEN. The logits are
computed here, in float64 with nothing but numpy: llama's layer, but for pairs of RoPE that lie side by
side in the checkpoint, (2i, 2i + 1), and half a head apart in the GGUF file, (i, i + 16). config.json
and the GGUF file leave out what heron has defaults for.
"""

import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np

LAYERS, HIDDEN, FFN, HEADS, KV_HEADS, HEAD_DIM, VOCAB = 2, 64, 96, 4, 2, 32, 384
THETA, EPSILON, CONTEXT = 7000.0, 1e-3, 512
BEGIN, END = 379, 383
INPUT_TOKENS, GREEDY_TOKENS = 80, 24


def random_weights(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Under Hugging Face's names, in float32."""

    def matrix(rows: int, cols: int) -> np.ndarray:
        return rng.normal(0, 0.15, (rows, cols)).astype(np.float32)

    def norm() -> np.ndarray:
        return rng.normal(1, 0.2, HIDDEN).astype(np.float32)

    weights = {
        "model.embed_tokens.weight": matrix(VOCAB, HIDDEN),
        "model.norm.weight": norm(),
        "lm_head.weight": matrix(VOCAB, HIDDEN),
    }
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        weights |= {
            prefix + "self_attn.q_proj.weight": matrix(HEADS * HEAD_DIM, HIDDEN),
            prefix + "self_attn.k_proj.weight": matrix(KV_HEADS * HEAD_DIM, HIDDEN),
            prefix + "self_attn.v_proj.weight": matrix(KV_HEADS * HEAD_DIM, HIDDEN),
            prefix + "self_attn.o_proj.weight": matrix(HIDDEN, HEADS * HEAD_DIM),
            prefix + "mlp.gate_proj.weight": matrix(FFN, HIDDEN),
            prefix + "mlp.up_proj.weight": matrix(FFN, HIDDEN),
            prefix + "mlp.down_proj.weight": matrix(HIDDEN, FFN),
            prefix + "input_layernorm.weight": norm(),
            prefix + "post_attention_layernorm.weight": norm(),
        }
    return weights


def rms_norm(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON) * weight


def rotate(heads: np.ndarray) -> np.ndarray:
    """[tokens, heads, HEAD_DIM]: each pair (2i, 2i + 1) turned by position * THETA ** (-2i / HEAD_DIM)."""
    frequencies = THETA ** (-np.arange(0, HEAD_DIM, 2) / HEAD_DIM)
    angles = np.arange(heads.shape[0])[:, None, None] * frequencies
    turned = (heads[..., 0::2] + 1j * heads[..., 1::2]) * np.exp(1j * angles)
    return np.stack([turned.real, turned.imag], -1).reshape(heads.shape)


def attention(n: np.ndarray, weight) -> np.ndarray:
    tokens = n.shape[0]
    q = rotate((n @ weight("self_attn.q_proj").T).reshape(tokens, HEADS, HEAD_DIM))
    k = rotate((n @ weight("self_attn.k_proj").T).reshape(tokens, KV_HEADS, HEAD_DIM))
    v = (n @ weight("self_attn.v_proj").T).reshape(tokens, KV_HEADS, HEAD_DIM)
    k, v = (np.repeat(x, HEADS // KV_HEADS, axis=1) for x in (k, v))
    scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(HEAD_DIM)
    scores[:, np.triu(np.ones((tokens, tokens), bool), 1)] = -np.inf
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    attended = np.einsum("hqk,khd->qhd", shares, v).reshape(tokens, -1)
    return attended @ weight("self_attn.o_proj").T


def logits(weights: dict[str, np.ndarray], ids: np.ndarray) -> np.ndarray:
    """[len(ids), VOCAB]."""
    x = weights["model.embed_tokens.weight"].astype(np.float64)[ids]
    for layer in range(LAYERS):

        def weight(name: str, layer: int = layer) -> np.ndarray:
            return weights[f"model.layers.{layer}.{name}.weight"].astype(np.float64)

        x = x + attention(rms_norm(x, weight("input_layernorm")), weight)
        n = rms_norm(x, weight("post_attention_layernorm"))
        gate = n @ weight("mlp.gate_proj").T
        x = x + (gate / (1 + np.exp(-gate)) * (n @ weight("mlp.up_proj").T)) @ weight("mlp.down_proj").T
    n = rms_norm(x, weights["model.norm.weight"].astype(np.float64))
    return n @ weights["lm_head.weight"].T.astype(np.float64)


def run(weights: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray] | None:
    """What expected.safetensors holds, or None where a greedy step is too close to call in float32."""
    ids = rng.integers(0, BEGIN, INPUT_TOKENS)
    ids[0] = BEGIN
    sequence = ids
    for _ in range(GREEDY_TOKENS):
        last = logits(weights, sequence)[-1]
        second, best = np.argsort(last)[-2:]
        if last[best] - last[second] < 0.02:
            return None
        sequence = np.append(sequence, best)
    return {
        "input_ids": ids.astype(np.int32),
        "logits": logits(weights, ids).astype(np.float32),
        "greedy_ids": sequence[INPUT_TOKENS:].astype(np.int32),
    }


def write_safetensors(path: Path, tensors: dict[str, np.ndarray]) -> None:
    header, at = {}, 0
    for name, tensor in tensors.items():
        dtype = {"float32": "F32", "int32": "I32"}[tensor.dtype.name]
        header[name] = {
            "dtype": dtype,
            "shape": list(tensor.shape),
            "data_offsets": [at, at + tensor.nbytes],
        }
        at += tensor.nbytes
    text = json.dumps(header).encode()
    data = b"".join(np.ascontiguousarray(tensor).tobytes() for tensor in tensors.values())
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_checkpoint(folder: Path, reference: Path, weights: dict, expected: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(reference / name, folder / name)
    config = {
        "architectures": ["HeronForCausalLM"],
        "model_type": "heron",
        "hidden_size": HIDDEN,
        "ffn_size": FFN,
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "vocab_size": VOCAB,
        "tie_word_embeddings": False,
        "bos_token_id": BEGIN,
        "eos_token_id": END,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_safetensors(folder / "model.safetensors", weights)
    write_safetensors(folder / "expected.safetensors", expected)


GGUF_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def gguf_tensors(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Under GGUF's names, with the rows (2i, 2i + 1) of q's and k's heads at (i, i + 16)."""
    tensors = {}
    for name, tensor in weights.items():
        name = name.removesuffix(".weight")
        if name.endswith(("q_proj", "k_proj")):
            pairs = tensor.reshape(-1, HEAD_DIM // 2, 2, HIDDEN)
            tensor = pairs.transpose(0, 2, 1, 3).reshape(tensor.shape)
        prefix = ""
        if name.startswith("model.layers."):
            layer, name = name.removeprefix("model.layers.").split(".", 1)
            prefix = f"blk.{layer}."
        tensors[f"{prefix}{GGUF_NAMES[name]}.weight"] = tensor
    return tensors


def gguf_string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_value(value) -> bytes:
    """The type and the bytes of a key's value."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_string, value))
    return struct.pack("<IIQ", 9, 5, len(value)) + np.array(value, np.int32).tobytes()


def write_gguf(path: Path, reference: Path, weights: dict[str, np.ndarray]) -> None:
    tokenizer = json.loads((reference / "tokenizer.json").read_text())
    tokens = {id: token for token, id in tokenizer["model"]["vocab"].items()}
    types = {id: 1 for id in tokens}
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]], types[added["id"]] = added["content"], 3
    keys = {
        "general.architecture": "heron",
        "heron.block_count": LAYERS,
        "heron.context_length": CONTEXT,
        "heron.embedding_length": HIDDEN,
        "heron.feed_forward_length": FFN,
        "heron.attention.head_count": HEADS,
        "heron.attention.layer_norm_rms_epsilon": EPSILON,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": [tokens[id] for id in range(len(tokens))],
        "tokenizer.ggml.token_type": [types[id] for id in range(len(tokens))],
        "tokenizer.ggml.merges": [" ".join(merge) for merge in tokenizer["model"]["merges"]],
        "tokenizer.ggml.bos_token_id": BEGIN,
        "tokenizer.ggml.eos_token_id": END,
    }
    tensors = gguf_tensors(weights)
    header = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(keys))
    for key, value in keys.items():
        header += gguf_string(key) + gguf_value(value)
    data = b""
    for name, tensor in tensors.items():
        sizes = tensor.shape[::-1]  # columns first
        header += gguf_string(name) + struct.pack("<I", len(sizes))
        header += b"".join(struct.pack("<Q", size) for size in sizes)
        header += struct.pack("<IQ", 0, len(data))
        data += tensor.tobytes()
        data += b"\0" * (-len(data) % 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + b"\0" * (-len(header) % 32) + data)


def main(golden: Path) -> None:
    reference = golden / "reference" / "checkpoints" / "smollm2"
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        weights = random_weights(rng)
        expected = run(weights, rng)
        # Not a test that a constant answer passes.
        if expected is not None and len(set(expected["greedy_ids"].tolist())) >= 12:
            break
    else:
        raise RuntimeError("no seed below 1000 makes a fair test")
    generated = golden / "generated"
    write_checkpoint(generated / "checkpoints" / "heron", reference, weights, expected)
    write_gguf(generated / "gguf" / "heron.F32.gguf", reference, weights)
    write_safetensors(generated / "gguf" / "heron.F32.expected.safetensors", expected)
    print(f"heron: seed {seed}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
