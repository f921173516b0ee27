// Llama 4's text model without experts, as MobileLLM-R1 is: Meta, 2025. RoPE layers norm q and k
// after the rotation, without a weight; NoPE layers scale queries with the position instead
// (Nakanishi, "Scalable-softmax is superior for attention", 2025).
#include <cmath>

#include "architectures/decoder.h"

namespace kinglet {

namespace {

std::vector<LayerTensor> layer_tensors() {
  return decoder_tensors({pre_norms(), optional_attention_biases()});
}

/// 1 + scale * log(1 + floor((position + 1) / floor)).
float attention_temperature(const ModelSpec& spec, size_t position) {
  const float steps = std::floor((static_cast<float>(position) + 1.0f) / spec.temperature_floor);
  return std::log1p(steps) * spec.temperature_scale + 1.0f;
}

void forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  const ModelSpec& spec = ops.spec();
  pre_norm_layer(ops, weights, layer, [&](size_t row) {
    if (!spec.rope_layers[layer]) {
      return spec.attention_temperature ? attention_temperature(spec, ops.position(row)) : 1.0f;
    }
    rotate_row(ops, row);
    if (spec.qk_norm) {
      ops.norm_heads(ops.q[row], spec.heads, nullptr);
      ops.norm_heads(ops.k[row], spec.kv_heads, nullptr);
    }
    return 1.0f;
  });
}

}  // namespace

extern const Architecture llama4_architecture(layer_tensors, forward);

}  // namespace kinglet
