// The layout of one KV head's part of a block.
//
// Two halves, keys and values, of the same size. A half of f16 or f32 is its elements alone; one of
// q8 is the scales of its tokens, then its codes. Elements of keys are [head_dim][16 tokens], those
// of values [16 tokens][head_dim].
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace kinglet {

// Functions here have internal linkage, as in kernels.h.

/// Of one KV head's part of a block, over which kernels are a template: the element's type.
template <class Element>
struct KvBlock {
  /// Whether each token has a scale: what an element means is its value times that.
  static constexpr bool has_scales = false;
  static constexpr size_t scale_bytes = has_scales ? kv_block_tokens * sizeof(float) : 0;

  static constexpr size_t half_bytes(size_t head_dim) {
    return scale_bytes + head_dim * kv_block_tokens * sizeof(Element);
  }
  static const Element* elements(const std::byte* half) {
    return reinterpret_cast<const Element*>(half + scale_bytes);
  }
};

}  // namespace kinglet
