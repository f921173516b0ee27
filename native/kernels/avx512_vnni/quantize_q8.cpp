// Four blocks at a time: what a block alone would spend on its maximum and its sum is spent once
// for the four, whose partial results lie side by side.
#include <immintrin.h>

#include <cassert>

#include "kernels/avx2/table.h"
#include "kernels/avx512_vnni/table.h"

namespace kinglet::avx512_vnni {
namespace {

constexpr size_t group = 4;

/// The largest word of each of four registers: in each quarter, then over the quarters.
__m128i largest_of_each(const __m512i (&x)[group]) {
  const auto larger = [](__m512i p, __m512i q) { return _mm512_max_epi32(p, q); };
  const __m512i a = larger(_mm512_unpacklo_epi32(x[0], x[1]), _mm512_unpackhi_epi32(x[0], x[1]));
  const __m512i b = larger(_mm512_unpacklo_epi32(x[2], x[3]), _mm512_unpackhi_epi32(x[2], x[3]));
  const __m512i quarters = larger(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  const __m512i halves = larger(quarters, _mm512_shuffle_i64x2(quarters, quarters, 0x4e));
  return _mm512_castsi512_si128(larger(halves, _mm512_shuffle_i64x2(halves, halves, 0xb1)));
}

/// The pair sums of two blocks of values.
__m128i pair_sums(__m512i values) {
  // Pairs of values, two in each word; then words 0 and 1 of 4 added to 2 and 3, and 0 to 1.
  __m512i sums = _mm512_maddubs_epi16(_mm512_set1_epi8(1), values);
  sums = _mm512_add_epi16(sums, _mm512_shuffle_epi32(sums, _MM_PERM_BADC));
  sums = _mm512_add_epi16(sums, _mm512_shuffle_epi32(sums, _MM_PERM_CDAB));
  return _mm512_castsi512_si128(_mm512_maskz_compress_epi32(0x1111, sums));
}

void quantize_group(const Q8Output& out, size_t block, const float* in) {
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
  const __m128i amax_bits = largest_of_each(magnitude);
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
  _mm_storeu_ps(out.scales + block, scale);

  // 0 where nothing is kept, so that zeros stay zeros.
  const __m512 factors = _mm512_castps128_ps512(_mm_maskz_mov_ps(whole, inverse));
  __m512i words[group];
  for (size_t b = 0; b < group; ++b) {
    const __m512 factor = _mm512_permutexvar_ps(_mm512_set1_epi32(static_cast<int>(b)), factors);
    const __m512i low = _mm512_cvtps_epi32(_mm512_mul_ps(x[b][0], factor));
    const __m512i high = _mm512_cvtps_epi32(_mm512_mul_ps(x[b][1], factor));
    words[b] = _mm512_packs_epi32(low, high);
  }
  // Packing works in quarters: each has four values of either half of a block, then of the other
  // block.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m128i halves[2];  // of two blocks each, the sums of a block's halves
  for (size_t b = 0; b < group; b += 2) {
    const __m512i bytes =
        _mm512_permutexvar_epi32(order, _mm512_packs_epi16(words[b], words[b + 1]));
    _mm512_storeu_si512(out.values + q8_block * (block + b), bytes);
    const __m128i pairs = pair_sums(bytes);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out.pair_sums + 4 * (block + b)), pairs);
    halves[b / 2] = _mm_madd_epi16(pairs, _mm_set1_epi16(1));
  }
  const __m128i sums = _mm_hadd_epi32(halves[0], halves[1]);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.sums + block), sums);
  const __m128i starts = _mm_sub_epi32(_mm_setzero_si128(), _mm_slli_epi32(sums, 7));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.starts + block), starts);
}

}  // namespace

void quantize_q8(std::byte* out, const float* in, size_t cols) {
  assert(cols % q8_block == 0);
  const size_t blocks = cols / q8_block;
  if (blocks < group) return avx2::quantize_q8(out, in, cols);
  const Q8Output row = q8_output(out, cols);
  for (size_t begin = 0; begin < blocks; begin += group) {
    // The last group is whole too: what it shares with the one before is the same.
    const size_t block = begin + group <= blocks ? begin : blocks - group;
    quantize_group(row, block, in + block * q8_block);
  }
}

}  // namespace kinglet::avx512_vnni
