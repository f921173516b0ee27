#include "architectures/decoder.h"

namespace kinglet {

std::vector<LayerTensor> decoder_tensors(std::initializer_list<std::vector<LayerTensor>> more) {
  std::vector<LayerTensor> tensors = {
      matrix("attn_q.weight", &LayerWeights::q, TensorSide::query, TensorSide::hidden),
      matrix("attn_k.weight", &LayerWeights::k, TensorSide::key_value, TensorSide::hidden),
      matrix("attn_v.weight", &LayerWeights::v, TensorSide::key_value, TensorSide::hidden),
      matrix("attn_output.weight", &LayerWeights::output, TensorSide::hidden, TensorSide::query),
      matrix("ffn_gate.weight", &LayerWeights::gate, TensorSide::ffn, TensorSide::hidden),
      matrix("ffn_up.weight", &LayerWeights::up, TensorSide::ffn, TensorSide::hidden),
      matrix("ffn_down.weight", &LayerWeights::down, TensorSide::hidden, TensorSide::ffn),
  };
  for (const std::vector<LayerTensor>& some : more) {
    tensors.insert(tensors.end(), some.begin(), some.end());
  }
  return tensors;
}

std::vector<LayerTensor> pre_norms() {
  return {
      norm("attn_norm.weight", &LayerWeights::attention_norm, TensorSide::hidden),
      norm("ffn_norm.weight", &LayerWeights::ffn_norm, TensorSide::hidden),
  };
}

std::vector<LayerTensor> optional_attention_biases() {
  return {
      optional_bias("attn_q.bias", &LayerWeights::q, TensorSide::query),
      optional_bias("attn_k.bias", &LayerWeights::k, TensorSide::key_value),
      optional_bias("attn_v.bias", &LayerWeights::v, TensorSide::key_value),
      optional_bias("attn_output.bias", &LayerWeights::output, TensorSide::hidden),
  };
}

std::vector<LayerTensor> optional_feed_forward_biases() {
  return {
      optional_bias("ffn_gate.bias", &LayerWeights::gate, TensorSide::ffn),
      optional_bias("ffn_up.bias", &LayerWeights::up, TensorSide::ffn),
      optional_bias("ffn_down.bias", &LayerWeights::down, TensorSide::hidden),
  };
}

void rotate_row(Ops& ops, size_t row) {
  ops.rotate_heads(ops.q[row], ops.spec().heads, row);
  ops.rotate_heads(ops.k[row], ops.spec().kv_heads, row);
}

void pre_norm_feed_forward(Ops& ops, const LayerWeights& weights) {
  ops.linear(rms_normed(ops.x, weights.ffn_norm), {{weights.gate, ops.gate}, {weights.up, ops.up}});
  ops.linear(swiglu(ops.gate, ops.up), {{weights.down, ops.x, Output::Write::add}});
}

void llama_layer(Ops& ops, const LayerWeights& weights, size_t layer) {
  const bool rotates = ops.spec().rope_layers[layer] != 0;
  pre_norm_layer(ops, weights, layer, [&](size_t row) {
    if (rotates) rotate_row(ops, row);
    return 1.0f;
  });
}

}  // namespace kinglet
