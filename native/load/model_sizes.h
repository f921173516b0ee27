// What a load takes of memory.
#pragma once

#include <cstddef>

namespace kinglet {

/// Bytes. What is mapped is in whole pages, as it is taken from the system.
struct ModelSizes {
  size_t weights = 0;   // packed, resident
  size_t loading = 0;   // beside the weights while these are read and converted; then given back
  size_t kv_block = 0;  // one block of the KV pool over all layers
  size_t kv_pool = 0;   // backed by memory as far as it was written
  size_t scratch = 0;   // activations, attention, logits and sampling of the largest step
};

}  // namespace kinglet
