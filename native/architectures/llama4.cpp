// Llama 4's text model without experts, as MobileLLM-R1 is: Meta, 2025. RoPE layers norm q and k
// after the rotation, without a weight; NoPE layers scale queries with the position instead
// (Nakanishi, "Scalable-softmax is superior for attention", 2025).
#include <cmath>

#include "architectures/decoder.h"
#include "architectures/families.h"
#include "compute/ops.h"

namespace kinglet {

namespace {

/// 1 + scale * log(1 + floor((position + 1) / floor)).
float attention_temperature(const ModelSpec& spec, size_t position) {
  const float steps = std::floor((static_cast<float>(position) + 1.0f) / spec.temperature_floor);
  return std::log1p(steps) * spec.temperature_scale + 1.0f;
}

}  // namespace

std::vector<LayerTensor> llama4_tensors() { return pre_norm_tensors(optional_attention_biases()); }

void llama4_forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  const ModelSpec& spec = ops.spec();
  ops.linear(rms_normed(ops.x, weights.attention_norm),
             {{weights.q, ops.q}, {weights.k, ops.k}, {weights.v, ops.v}});
  ops.for_each_row(ops.q.width, [&](size_t row) {
    float temperature = 1.0f;
    if (spec.rope_layers[layer]) {
      ops.rotate_heads(ops.q[row], spec.heads, row);
      ops.rotate_heads(ops.k[row], spec.kv_heads, row);
      if (spec.qk_norm) {
        ops.norm_heads(ops.q[row], spec.heads, nullptr);
        ops.norm_heads(ops.k[row], spec.kv_heads, nullptr);
      }
    } else if (spec.attention_temperature) {
      temperature = attention_temperature(spec, ops.position(row));
    }
    ops.scale_queries(row, temperature);
    ops.store_kv(layer, row);
  });
  ops.attend(layer);
  ops.linear(as_is(ops.attended), {{weights.output, ops.x, Output::Write::add}});
  pre_norm_feed_forward(ops, weights);
}

}  // namespace kinglet
