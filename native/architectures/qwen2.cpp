// Qwen2: Yang et al., 2024. LLaMA's layer with biases on q, k and v; DeepSeek-R1's distilled Qwens
// are this family.
#include "architectures/decoder.h"

namespace kinglet {

namespace {

std::vector<LayerTensor> layer_tensors() {
  return decoder_tensors({pre_norms(),
                          {
                              bias("attn_q.bias", &LayerWeights::q, TensorSide::query),
                              bias("attn_k.bias", &LayerWeights::k, TensorSide::key_value),
                              bias("attn_v.bias", &LayerWeights::v, TensorSide::key_value),
                          }});
}

}  // namespace

extern const Architecture qwen2_architecture(layer_tensors, llama_layer);

}  // namespace kinglet
