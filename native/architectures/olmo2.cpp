// OLMo 2: Walsh et al., "2 OLMo 2 furious", 2024. Norms stand after attention and feed-forward,
// inside the residual branch; q and k are normed over the whole row before RoPE.
#include "architectures/decoder.h"
#include "architectures/families.h"
#include "compute/ops.h"

namespace kinglet {

namespace {

/// x += RMSNorm(projected).
void add_normed(Ops& ops, const float* weight) {
  const ModelSpec& spec = ops.spec();
  ops.for_each_row(spec.hidden_size, [&](size_t row) {
    float* branch = ops.projected[row];
    ops.kernels().rms_norm(branch, branch, weight, spec.hidden_size, spec.rms_norm_epsilon);
    ops.kernels().add(ops.x[row], branch, spec.hidden_size);
  });
}

}  // namespace

std::vector<LayerTensor> olmo2_tensors() {
  std::vector<LayerTensor> tensors = projection_tensors();
  tensors.push_back(norm("attn_q_norm.weight", &LayerWeights::q_norm, Extent::query));
  tensors.push_back(norm("attn_k_norm.weight", &LayerWeights::k_norm, Extent::key_value));
  tensors.push_back(
      norm("post_attention_norm.weight", &LayerWeights::post_attention_norm, Extent::hidden));
  tensors.push_back(norm("post_ffw_norm.weight", &LayerWeights::post_ffn_norm, Extent::hidden));
  return tensors;
}

void olmo2_forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  const ModelSpec& spec = ops.spec();
  const float epsilon = spec.rms_norm_epsilon;
  ops.linear(as_is(ops.x), {{weights.q, ops.q}, {weights.k, ops.k}, {weights.v, ops.v}});
  ops.for_each_row(ops.q.width, [&](size_t row) {
    ops.kernels().rms_norm(ops.q[row], ops.q[row], weights.q_norm, ops.q.width, epsilon);
    ops.kernels().rms_norm(ops.k[row], ops.k[row], weights.k_norm, ops.k.width, epsilon);
    if (spec.rope_layers[layer]) {
      ops.rotate_heads(ops.q[row], spec.heads, row);
      ops.rotate_heads(ops.k[row], spec.kv_heads, row);
    }
    ops.scale_queries(row);
    ops.store_kv(layer, row);
  });
  ops.attend(layer);
  ops.linear(as_is(ops.attended), {{weights.output, ops.projected}});
  add_normed(ops, weights.post_attention_norm);

  ops.linear(as_is(ops.x), {{weights.gate, ops.gate}, {weights.up, ops.up}});
  ops.linear(swiglu(ops.gate, ops.up), {{weights.down, ops.projected}});
  add_normed(ops, weights.post_ffn_norm);
}

}  // namespace kinglet
