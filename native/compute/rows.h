// Rows of floats, as a step's operations hand them to each other.
#pragma once

#include <cstddef>

#include "platform/page_memory.h"

namespace kinglet {

/// Rows of floats, each of which begins at a multiple of memory_alignment.
struct Rows {
  float* data = nullptr;
  size_t count = 0;   // rows that there is room for
  size_t width = 0;   // floats of a row
  size_t stride = 0;  // floats from one row to the next

  float* operator[](size_t row) const { return data + row * stride; }
};

/// Lays `count` rows of `width` floats out.
inline Rows add_rows(MemoryLayout& layout, size_t count, size_t width) {
  constexpr size_t align = memory_alignment / sizeof(float);
  const size_t stride = (width + align - 1) / align * align;
  auto* data = reinterpret_cast<float*>(layout.add_bytes(count, stride * sizeof(float)));
  return {.data = data, .count = count, .width = width, .stride = stride};
}

}  // namespace kinglet
