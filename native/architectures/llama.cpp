// LLaMA: Touvron et al., 2023. SmolLM2 and Llama 3 are this family.
#include "architectures/decoder.h"
#include "architectures/families.h"
#include "compute/ops.h"

namespace kinglet {

std::vector<LayerTensor> llama_tensors() {
  std::vector<LayerTensor> extra = optional_attention_biases();
  extra.push_back(optional_bias("ffn_gate.bias", &LayerWeights::gate, Extent::ffn));
  extra.push_back(optional_bias("ffn_up.bias", &LayerWeights::up, Extent::ffn));
  extra.push_back(optional_bias("ffn_down.bias", &LayerWeights::down, Extent::hidden));
  return pre_norm_tensors(extra);
}

void llama_forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  const ModelSpec& spec = ops.spec();
  ops.linear(rms_normed(ops.x, weights.attention_norm),
             {{weights.q, ops.q}, {weights.k, ops.k}, {weights.v, ops.v}});
  ops.for_each_row(ops.q.width, [&](size_t row) {
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
