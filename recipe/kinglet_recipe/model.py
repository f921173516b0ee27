"""The decoder that is trained: what transformers calls `Llama4ForCausalLM` without experts, as MobileLLM-R1 has it.

Written out instead of taken from transformers because training on two cores wants one fused graph; the tests
hold its logits to transformers' for the same weights.
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Shape:
    """Sizes of a decoder. `heads * head_size` need not be `width`; `kv_heads` divides `heads`."""

    vocab: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    hidden: int
    theta: float = 10_000.0
    context: int = 256
    eps: float = 1e-5

    def as_dict(self) -> dict:
        return asdict(self)


def rope_table(shape: Shape, length: int) -> Tensor:
    """Rotations [length, head_size / 2, 2] as (cos, sin): angle p * theta^(-2i / head_size) at position p, pair i."""
    rates = shape.theta ** (-torch.arange(0, shape.head_size, 2, dtype=torch.float64) / shape.head_size)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), rates)
    return torch.stack((angles.cos(), angles.sin()), dim=-1).float()


def rotate(x: Tensor, table: Tensor) -> Tensor:
    """RoPE on neighbouring pairs (x[2i], x[2i+1]); x [batch, time, heads, size], table [time, size / 2, 2]."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = table.unsqueeze(1).to(x.dtype).unbind(-1)
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal softmax(q k^T / sqrt(size)) v, all [batch, heads, time, size].

    Written out for short rows on a CPU, where PyTorch's flash kernel takes half of a step (its way back most of all);
    a compiled graph is a tenth to a quarter faster so.
    """
    time, size = q.shape[-2:]
    if q.device.type != "cpu" or time > 512:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    scores = (q @ k.transpose(-1, -2)) * size**-0.5
    later = torch.ones(time, time, dtype=torch.bool, device=q.device).triu(1)
    return scores.float().masked_fill(later, float("-inf")).softmax(-1).to(v.dtype) @ v


class Attention(nn.Module):
    """Causal attention with grouped queries; q and k are rotated, then brought to length sqrt(head_size)."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.q_proj = nn.Linear(shape.width, shape.heads * shape.head_size, bias=False)
        self.k_proj = nn.Linear(shape.width, shape.kv_heads * shape.head_size, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.kv_heads * shape.head_size, bias=False)
        self.o_proj = nn.Linear(shape.heads * shape.head_size, shape.width, bias=False)

    def forward(self, x: Tensor, table: Tensor) -> Tensor:
        shape = self.shape
        q = self.q_proj(x).unflatten(-1, (shape.heads, shape.head_size))
        k = self.k_proj(x).unflatten(-1, (shape.kv_heads, shape.head_size))
        v = self.v_proj(x).unflatten(-1, (shape.kv_heads, shape.head_size))
        q = F.rms_norm(rotate(q, table), (shape.head_size,), eps=shape.eps)
        k = F.rms_norm(rotate(k, table), (shape.head_size,), eps=shape.eps)
        group = shape.heads // shape.kv_heads
        k, v = (t.repeat_interleave(group, dim=2).to(q.dtype) for t in (k, v))
        out = attend(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
        return self.o_proj(out.transpose(1, 2).flatten(-2))


class FeedForward(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up_proj = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down_proj = nn.Linear(shape.hidden, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(shape.width, eps=shape.eps)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = nn.RMSNorm(shape.width, eps=shape.eps)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, table: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), table)
        return x + self.feed_forward(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """Token ids [batch, time] to logits [batch, time, vocab]; the head is the embedding, transposed."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocab, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, eps=shape.eps)
        self.register_buffer("table", rope_table(shape, shape.context), persistent=False)
        self._start()

    def _start(self) -> None:
        for name, weight in self.named_parameters():
            if weight.dim() < 2:
                continue
            spread = weight.shape[1] ** -0.5
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                spread *= (2 * self.shape.layers) ** -0.5
            nn.init.normal_(weight, std=0.02 if "embed" in name else spread)

    def features(self, ids: Tensor) -> Tensor:
        """The normed last layer [batch, time, width]."""
        x = self.embed_tokens(ids)
        table = self.table[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, table)
        return self.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        return F.linear(self.features(ids), self.embed_tokens.weight)


def parameter_count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())
