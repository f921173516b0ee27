// Qwen3: Yang et al., 2025. RMSNorm with a weight on each head of q and k before RoPE.
#include "architectures/decoder.h"

namespace kinglet {

namespace {

std::vector<LayerTensor> layer_tensors() {
  return decoder_tensors({pre_norms(),
                          optional_attention_biases(),
                          {
                              norm("attn_q_norm.weight", &LayerWeights::q_norm, TensorSide::head),
                              norm("attn_k_norm.weight", &LayerWeights::k_norm, TensorSide::head),
                          }});
}

void forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  const ModelSpec& spec = ops.spec();
  pre_norm_layer(ops, weights, layer, [&](size_t row) {
    ops.norm_heads(ops.q[row], spec.heads, weights.q_norm);
    ops.norm_heads(ops.k[row], spec.kv_heads, weights.k_norm);
    if (spec.rope_layers[layer]) rotate_row(ops, row);
    return 1.0f;
  });
}

}  // namespace

extern const Architecture qwen3_architecture(layer_tensors, forward);

}  // namespace kinglet
