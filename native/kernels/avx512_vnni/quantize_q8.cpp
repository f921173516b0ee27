// Four blocks at a time: what a block alone would spend on its maximum and its sum is spent once
// for the four, whose partial results lie side by side.
#include <immintrin.h>

#include <cassert>

#include "kernels/avx2/table.h"
#include "kernels/avx512_vnni/table.h"

namespace kinglet::avx512_vnni {
namespace {

constexpr size_t group = 4;

/// Reduces four registers to four numbers: in each quarter, then over the quarters.
template <typename Combine>
__m128i reduce_each(const __m512i (&x)[group], Combine combine) {
  const __m512i a = combine(_mm512_unpacklo_epi32(x[0], x[1]), _mm512_unpackhi_epi32(x[0], x[1]));
  const __m512i b = combine(_mm512_unpacklo_epi32(x[2], x[3]), _mm512_unpackhi_epi32(x[2], x[3]));
  const __m512i quarters = combine(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  const __m512i halves = combine(quarters, _mm512_shuffle_i64x2(quarters, quarters, 0x4e));
  return _mm512_castsi512_si128(combine(halves, _mm512_shuffle_i64x2(halves, halves, 0xb1)));
}

void quantize_group(int8_t* values, float* scales, int32_t* sums, const float* in) {
  const __m512i no_sign = _mm512_set1_epi32(0x7fffffff);
  __m512 x[group][2];
  __m512i magnitude[group];
  for (size_t b = 0; b < group; ++b) {
    for (size_t half = 0; half < 2; ++half) {
      x[b][half] = _mm512_loadu_ps(in + 32 * b + 16 * half);
    }
    // Magnitudes order as their bits do, infinity and NaN above every number.
    magnitude[b] = _mm512_max_epi32(_mm512_and_si512(_mm512_castps_si512(x[b][0]), no_sign),
                                    _mm512_and_si512(_mm512_castps_si512(x[b][1]), no_sign));
  }
  const __m128i amax_bits =
      reduce_each(magnitude, [](__m512i p, __m512i q) { return _mm512_max_epi32(p, q); });
  const __m128 amax = _mm_castsi128_ps(amax_bits);
  const __m128 inverse = _mm_div_ps(_mm_set1_ps(127.0f), amax);
  const __m128 infinity = _mm_set1_ps(__builtin_inff());
  __m128 scale = _mm_div_ps(amax, _mm_set1_ps(127.0f));
  const __mmask8 finite = _mm_cmp_ps_mask(amax, infinity, _CMP_LT_OQ);
  const __mmask8 whole = finite & _mm_cmp_ps_mask(inverse, infinity, _CMP_LT_OQ);
  if (whole != 0xf) {
    const __m128 nan = _mm_set1_ps(__builtin_nanf(""));
    scale = _mm_mask_blend_ps(finite, nan, _mm_maskz_mov_ps(whole, scale));
    for (size_t b = 0; b < group; ++b) {
      if ((whole >> b & 1) == 0) x[b][0] = x[b][1] = _mm512_setzero_ps();
    }
  }
  _mm_storeu_ps(scales, scale);

  // 0 where nothing is kept, so that zeros stay zeros.
  const __m512 factors = _mm512_castps128_ps512(_mm_maskz_mov_ps(whole, inverse));
  __m512i words[group], partial[group];
  for (size_t b = 0; b < group; ++b) {
    const __m512 factor = _mm512_permutexvar_ps(_mm512_set1_epi32(static_cast<int>(b)), factors);
    const __m512i low = _mm512_cvtps_epi32(_mm512_mul_ps(x[b][0], factor));
    const __m512i high = _mm512_cvtps_epi32(_mm512_mul_ps(x[b][1], factor));
    partial[b] = _mm512_add_epi32(low, high);
    words[b] = _mm512_packs_epi32(low, high);
  }
  _mm_storeu_si128(reinterpret_cast<__m128i*>(sums), reduce_each(partial, [](__m512i p, __m512i q) {
                     return _mm512_add_epi32(p, q);
                   }));
  // Packing works in quarters: each has four values of either half of a block, then of the other
  // block.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  for (size_t b = 0; b < group; b += 2) {
    const __m512i bytes = _mm512_packs_epi16(words[b], words[b + 1]);
    _mm512_storeu_si512(values + 32 * b, _mm512_permutexvar_epi32(order, bytes));
  }
}

}  // namespace

void quantize_q8(std::byte* out, const float* in, size_t cols) {
  assert(cols % q8_block == 0);
  const size_t blocks = cols / q8_block;
  if (blocks < group) return avx2::quantize_q8(out, in, cols);
  auto* values = reinterpret_cast<int8_t*>(out);
  auto* scales = reinterpret_cast<float*>(out + cols);
  auto* sums = reinterpret_cast<int32_t*>(scales + blocks);
  for (size_t begin = 0; begin < blocks; begin += group) {
    // The last group is whole too: what it shares with the one before is the same.
    const size_t block = begin + group <= blocks ? begin : blocks - group;
    quantize_group(values + block * q8_block, scales + block, sums + block, in + block * q8_block);
  }
}

}  // namespace kinglet::avx512_vnni
