// Qwen2: Yang et al., 2024. LLaMA's layer with biases on q, k and v; DeepSeek-R1's distilled Qwens
// are this family.
#include "architectures/decoder.h"
#include "architectures/families.h"

namespace kinglet {

std::vector<LayerTensor> qwen2_tensors() {
  return pre_norm_tensors({
      bias("attn_q.bias", &LayerWeights::q, Extent::query),
      bias("attn_k.bias", &LayerWeights::k, Extent::key_value),
      bias("attn_v.bias", &LayerWeights::v, Extent::key_value),
  });
}

void qwen2_forward(Ops& ops, const LayerWeights& weights, size_t layer) {
  llama_forward(ops, weights, layer);
}

}  // namespace kinglet
