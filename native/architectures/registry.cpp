// One row a model family.
#include "architectures/architecture.h"
#include "architectures/families.h"

namespace kinglet {

namespace {

constexpr Architecture registry[] = {
    {"llama4", llama4_tensors, llama4_forward}, {"llama", llama_tensors, llama_forward},
    {"qwen2", qwen2_tensors, qwen2_forward},    {"qwen3", qwen3_tensors, qwen3_forward},
    {"olmo2", olmo2_tensors, olmo2_forward},
};

}  // namespace

std::span<const Architecture> architectures() { return registry; }

const Architecture* find_architecture(std::string_view name) {
  for (const Architecture& architecture : registry) {
    if (architecture.name == name) return &architecture;
  }
  return nullptr;
}

size_t extent(const ModelSpec& spec, Extent which) {
  switch (which) {
    case Extent::one: return 1;
    case Extent::hidden: return spec.hidden_size;
    case Extent::ffn: return spec.ffn_size;
    case Extent::query: return spec.heads * spec.head_dim;
    case Extent::key_value: return spec.kv_heads * spec.head_dim;
    case Extent::head: return spec.head_dim;
    case Extent::vocab: return spec.vocab_size;
  }
  return 0;
}

}  // namespace kinglet
