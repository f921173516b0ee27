// Heron, which exists for the recipe's test: llama's layer under another name.
#include "architectures/decoder.h"

namespace kinglet {

namespace {

std::vector<LayerTensor> layer_tensors() { return decoder_tensors({pre_norms()}); }

}  // namespace

extern const Architecture heron_architecture(layer_tensors, llama_layer);

}  // namespace kinglet
