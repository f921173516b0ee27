// What decoder layers have in common. A family gives what differs: which tensors it has beside the
// seven matrices, and what happens to a row's q and k before they are used.
#pragma once

#include <initializer_list>
#include <vector>

#include "architectures/architecture.h"
#include "compute/ops.h"

namespace kinglet {

/// The seven matrices of attention and gated feed-forward, and what `more` lists.
std::vector<LayerTensor> decoder_tensors(std::initializer_list<std::vector<LayerTensor>> more = {});

/// A norm before attention and one before the feed-forward.
std::vector<LayerTensor> pre_norms();

/// Biases that a checkpoint's attention may have, or its feed-forward: `attention_bias` and
/// `mlp_bias` of a config.json.
std::vector<LayerTensor> optional_attention_biases();
std::vector<LayerTensor> optional_feed_forward_biases();

/// RoPE on q and k of a row.
void rotate_row(Ops& ops, size_t row);

/// attended = attention of the q, k and v that `input` projects to. `prepare(row)` finishes the q
/// and k of a row in place (norms, RoPE) and returns what its queries are multiplied by beside the
/// model's attention scale.
template <typename Prepare>
void attend(Ops& ops, const Input& input, const LayerWeights& weights, size_t layer,
            const Prepare& prepare) {
  ops.linear(input, {{weights.q, ops.q}, {weights.k, ops.k}, {weights.v, ops.v}});
  ops.for_each_row(ops.q.width, [&](size_t row) {
    ops.scale_queries(row, prepare(row));
    ops.store_kv(layer, row);
  });
  ops.attend(layer);
}

/// x += W_down (silu(W_gate n) * (W_up n)) with n = RMSNorm(x): Shazeer, "GLU variants improve
/// transformer", 2020.
void pre_norm_feed_forward(Ops& ops, const LayerWeights& weights);

/// A layer whose norms stand before attention and feed-forward; `prepare` as for attend().
template <typename Prepare>
void pre_norm_layer(Ops& ops, const LayerWeights& weights, size_t layer, const Prepare& prepare) {
  attend(ops, rms_normed(ops.x, weights.attention_norm), weights, layer, prepare);
  ops.linear(as_is(ops.attended), {{weights.output, ops.x, Output::Write::add}});
  pre_norm_feed_forward(ops, weights);
}

/// LLaMA's: RoPE on the layers that have it, and nothing else before attention.
void llama_layer(Ops& ops, const LayerWeights& weights, size_t layer);

}  // namespace kinglet
