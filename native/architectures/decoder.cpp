#include "architectures/decoder.h"

#include "compute/ops.h"

namespace kinglet {

std::vector<LayerTensor> projection_tensors() {
  return {
      matrix("attn_q.weight", &LayerWeights::q, Extent::query, Extent::hidden),
      matrix("attn_k.weight", &LayerWeights::k, Extent::key_value, Extent::hidden),
      matrix("attn_v.weight", &LayerWeights::v, Extent::key_value, Extent::hidden),
      matrix("attn_output.weight", &LayerWeights::output, Extent::hidden, Extent::query),
      matrix("ffn_gate.weight", &LayerWeights::gate, Extent::ffn, Extent::hidden),
      matrix("ffn_up.weight", &LayerWeights::up, Extent::ffn, Extent::hidden),
      matrix("ffn_down.weight", &LayerWeights::down, Extent::hidden, Extent::ffn),
  };
}

std::vector<LayerTensor> optional_attention_biases() {
  return {
      optional_bias("attn_q.bias", &LayerWeights::q, Extent::query),
      optional_bias("attn_k.bias", &LayerWeights::k, Extent::key_value),
      optional_bias("attn_v.bias", &LayerWeights::v, Extent::key_value),
      optional_bias("attn_output.bias", &LayerWeights::output, Extent::hidden),
  };
}

std::vector<LayerTensor> pre_norm_tensors(std::vector<LayerTensor> extra) {
  std::vector<LayerTensor> tensors = projection_tensors();
  tensors.push_back(norm("attn_norm.weight", &LayerWeights::attention_norm, Extent::hidden));
  tensors.push_back(norm("ffn_norm.weight", &LayerWeights::ffn_norm, Extent::hidden));
  tensors.insert(tensors.end(), extra.begin(), extra.end());
  return tensors;
}

void pre_norm_feed_forward(Ops& ops, const LayerWeights& weights) {
  ops.linear(rms_normed(ops.x, weights.ffn_norm), {{weights.gate, ops.gate}, {weights.up, ops.up}});
  ops.linear(swiglu(ops.gate, ops.up), {{weights.down, ops.x, Output::Write::add}});
}

}  // namespace kinglet
