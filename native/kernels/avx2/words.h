// Registers of 32 bytes for the kernels of packed tiles.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/x86/words256.h"

namespace kinglet::avx2 {

struct Words : x86::Words256<Words> {
  static constexpr bool signed_bytes = true;

  static constexpr size_t panel_tiles = 2;
  static constexpr size_t panel_columns = 4;
  static constexpr size_t direct_columns = 8;
  static constexpr size_t direct_tiles = 1;
  static constexpr size_t direct_dots = 4;
  static constexpr size_t l2_columns = 8;
  static constexpr size_t column_bytes = 12;

  /// 8 numbers of 8 bits, each in both 16-bit parts of its word.
  static I load_int8_twice(const std::byte* in) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(in));
    return _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(bytes, bytes));
  }

  static I ones() { return _mm256_set1_epi16(1); }
  static I magnitudes(I bytes) { return _mm256_abs_epi8(bytes); }
  /// `values` with the signs of `signs`; zero where that is.
  static I with_signs(I values, I signs) { return _mm256_sign_epi8(values, signs); }
  /// The products of unsigned codes and signed values, added in pairs to 16 bits.
  static I pair_products(I codes, I values) { return _mm256_maddubs_epi16(codes, values); }
  static I multiply_16(I a, I b) { return _mm256_mullo_epi16(a, b); }
  static I add_16(I a, I b) { return in_order(_mm256_add_epi16(a, b)); }
  static I add_32(I a, I b) { return in_order(_mm256_add_epi32(a, b)); }

 private:
  /// Keeps gcc from adding up products as a tree, for which it has not enough registers.
  static I in_order(I sum) {
    __asm__("" : "+x"(sum));
    return sum;
  }
};

}  // namespace kinglet::avx2
