// LLaMA: Touvron et al., 2023. SmolLM2 and Llama 3 are this family.
#include "architectures/decoder.h"

namespace kinglet {

namespace {

std::vector<LayerTensor> layer_tensors() {
  return decoder_tensors(
      {pre_norms(), optional_attention_biases(), optional_feed_forward_biases()});
}

}  // namespace

extern const Architecture llama_architecture(layer_tensors, llama_layer);

}  // namespace kinglet
