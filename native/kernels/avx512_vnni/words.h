// Registers of words (4 bytes of codes or activations) for the kernels of packed tiles.
#pragma once

#include <immintrin.h>

#include <cstdint>
#include <cstring>

namespace kinglet::avx512_vnni {

/// 4 activations, for every row.
static inline __m512i broadcast_word(const int8_t* values) {
  int32_t word;
  std::memcpy(&word, values, sizeof word);
  return _mm512_set1_epi32(word);
}

}  // namespace kinglet::avx512_vnni
