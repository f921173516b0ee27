// Qwen3: Yang et al., 2025. RMSNorm with a weight on each head of q and k before RoPE.
#include "architectures/decoder.h"
#include "architectures/families.h"
#include "compute/ops.h"

namespace kinglet {

std::vector<LayerTensor> qwen3_tensors() {
  std::vector<LayerTensor> extra = optional_attention_biases();
  extra.push_back(norm("attn_q_norm.weight", &LayerWeights::q_norm, Extent::head));
  extra.push_back(norm("attn_k_norm.weight", &LayerWeights::k_norm, Extent::head));
  return pre_norm_tensors(extra);
}

void qwen3_forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  const ModelSpec& spec = ops.spec();
  ops.linear(rms_normed(ops.x, weights.attention_norm),
             {{weights.q, ops.q}, {weights.k, ops.k}, {weights.v, ops.v}});
  ops.for_each_row(ops.q.width, [&](size_t row) {
    ops.norm_heads(ops.q[row], spec.heads, weights.q_norm);
    ops.norm_heads(ops.k[row], spec.kv_heads, weights.k_norm);
    if (spec.rope_layers[layer]) {
      ops.rotate_heads(ops.q[row], spec.heads, row);
      ops.rotate_heads(ops.k[row], spec.kv_heads, row);
    }
    ops.scale_queries(row);
    ops.store_kv(layer, row);
  });
  ops.attend(layer);
  ops.linear(as_is(ops.attended), {{weights.output, ops.x, Output::Write::add}});
  pre_norm_feed_forward(ops, weights);
}

}  // namespace kinglet
