#include "architectures/architecture.h"

namespace kinglet {

const Architecture* find_architecture(std::string_view name) {
  for (const ArchitectureRow& row : architectures()) {
    if (row.name == name) return row.architecture;
  }
  return nullptr;
}

size_t side_length(const ModelSpec& spec, TensorSide side) {
  switch (side) {
    case TensorSide::one: return 1;
    case TensorSide::hidden: return spec.hidden_size;
    case TensorSide::ffn: return spec.ffn_size;
    case TensorSide::query: return spec.heads * spec.head_dim;
    case TensorSide::key_value: return spec.kv_heads * spec.head_dim;
    case TensorSide::head: return spec.head_dim;
    case TensorSide::vocabulary: return spec.vocab_size;
  }
  return 0;
}

}  // namespace kinglet
