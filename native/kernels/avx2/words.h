// Registers of words (4 bytes of codes or activations) for the kernels of packed tiles.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kinglet::avx2 {

/// The words of 8 rows, 32-byte aligned.
static inline __m256i load(const std::byte* in) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(in));
}

/// 4 activations, for every row.
static inline __m256i broadcast_word(const int8_t* values) {
  int32_t word;
  std::memcpy(&word, values, sizeof word);
  return _mm256_set1_epi32(word);
}

}  // namespace kinglet::avx2
