// The layout of one KV head's part of a block: of its keys, and of its values.
//
// Both halves have the same size. A half of f16 or f32 is its elements alone; one of
// q8 is a float scale for each of its tokens, then int8 codes: an element is its code times the
// scale of its token. Elements of keys are [head_dim][16 tokens], those of values
// [16 tokens][head_dim].
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace kinglet {

// Functions here have internal linkage, as in kernels.h. They are templates over the type of an
// element: uint16_t (f16), float, or int8_t (q8).

template <class Element>
inline constexpr bool has_kv_scales = sizeof(Element) == 1;

template <class Element>
inline constexpr size_t kv_scale_bytes =
    has_kv_scales<Element> ? kv_block_tokens * sizeof(float) : 0;

/// A multiple of 64.
template <class Element>
static inline constexpr size_t kv_half_bytes(size_t head_dim) {
  return kv_scale_bytes<Element> + head_dim * kv_block_tokens * sizeof(Element);
}

template <class Element>
static inline const Element* kv_elements(const std::byte* half) {
  return reinterpret_cast<const Element*>(half + kv_scale_bytes<Element>);
}
template <class Element>
static inline Element* kv_elements(std::byte* half) {
  return reinterpret_cast<Element*>(half + kv_scale_bytes<Element>);
}

/// The scales [16 tokens] of a half of q8.
static inline const float* kv_scales(const std::byte* half) {
  return reinterpret_cast<const float*>(half);
}
static inline float* kv_scales(std::byte* half) { return reinterpret_cast<float*>(half); }

static inline constexpr size_t kv_half_bytes(KvFormat format, size_t head_dim) {
  switch (format) {
    case KvFormat::f16: return kv_half_bytes<uint16_t>(head_dim);
    case KvFormat::f32: return kv_half_bytes<float>(head_dim);
    case KvFormat::q8: return kv_half_bytes<int8_t>(head_dim);
  }
  return 0;
}

}  // namespace kinglet
