// OLMo 2: Walsh et al., "2 OLMo 2 furious", 2024. Norms stand after attention and feed-forward,
// inside the residual branch; q and k are normed over the whole row before RoPE.
#include "architectures/decoder.h"

namespace kinglet {

namespace {

std::vector<LayerTensor> layer_tensors() {
  return decoder_tensors(
      {optional_attention_biases(),
       {
           norm("attn_q_norm.weight", &LayerWeights::q_norm, TensorSide::query),
           norm("attn_k_norm.weight", &LayerWeights::k_norm, TensorSide::key_value),
           norm("post_attention_norm.weight", &LayerWeights::post_attention_norm,
                TensorSide::hidden),
           norm("post_ffw_norm.weight", &LayerWeights::post_ffn_norm, TensorSide::hidden),
       }});
}

/// x += RMSNorm(projected).
void add_normed(Ops& ops, const float* weight) {
  const ModelSpec& spec = ops.spec();
  ops.for_each_row(spec.hidden_size, [&](size_t row) {
    float* branch = ops.projected[row];
    ops.kernels().rms_norm(branch, branch, weight, spec.hidden_size, spec.rms_norm_epsilon);
    ops.kernels().add(ops.x[row], branch, spec.hidden_size);
  });
}

void forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  const ModelSpec& spec = ops.spec();
  const float epsilon = spec.rms_norm_epsilon;
  attend(ops, as_is(ops.x), weights, layer, [&](size_t row) {
    ops.kernels().rms_norm(ops.q[row], ops.q[row], weights.q_norm, ops.q.width, epsilon);
    ops.kernels().rms_norm(ops.k[row], ops.k[row], weights.k_norm, ops.k.width, epsilon);
    if (spec.rope_layers[layer]) rotate_row(ops, row);
    return 1.0f;
  });
  ops.linear(as_is(ops.attended), {{weights.output, ops.projected}});
  add_normed(ops, weights.post_attention_norm);

  ops.linear(as_is(ops.x), {{weights.gate, ops.gate}, {weights.up, ops.up}});
  ops.linear(swiglu(ops.gate, ops.up), {{weights.down, ops.projected}});
  add_normed(ops, weights.post_ffn_norm);
}

}  // namespace

extern const Architecture olmo2_architecture(layer_tensors, forward);

}  // namespace kinglet
