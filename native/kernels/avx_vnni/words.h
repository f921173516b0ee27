// Registers of 32 bytes for the kernels of packed tiles, with vpdpbusd as the small cores have it.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/x86/words256.h"

namespace kinglet::avx_vnni {

struct Words : x86::Words256<Words> {
  static constexpr bool signed_bytes = false;

  static constexpr size_t panel_tiles = 2;
  static constexpr size_t panel_columns = 4;
  static constexpr size_t direct_columns = 8;
  static constexpr size_t direct_tiles = 1;
  static constexpr size_t direct_dots = 8;
  static constexpr size_t l2_columns = 2;
  static constexpr size_t column_bytes = 10;

  /// The 4 products of unsigned codes and signed values in each word, added to it.
  static I dot(I sum, I codes, I values) { return _mm256_dpbusd_avx_epi32(sum, codes, values); }
  static I add_dot_pairs(I sum, I a, I b) { return _mm256_dpwssd_avx_epi32(sum, a, b); }
};

}  // namespace kinglet::avx_vnni
