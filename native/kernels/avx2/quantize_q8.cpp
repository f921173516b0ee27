#include <immintrin.h>

#include <cassert>

#include "kernels/avx2/table.h"

namespace kinglet::avx2 {
namespace {

int32_t reduce_max(__m256i x) {
  __m128i m = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 0x4e));
  return _mm_cvtsi128_si32(_mm_max_epi32(m, _mm_shuffle_epi32(m, 0xb1)));
}

/// The pair sums of a block of values.
__m128i pair_sums(__m256i values) {
  // Pairs of values, two in each word; then words 0 and 1 of 4 added to 2 and 3, and 0 to 1.
  __m256i sums = _mm256_maddubs_epi16(_mm256_set1_epi8(1), values);
  sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0x4e));
  sums = _mm256_add_epi16(sums, _mm256_shuffle_epi32(sums, 0xb1));
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

void quantize_block(const Q8Output& out, size_t block, const float* in) {
  auto* values = reinterpret_cast<__m256i*>(out.values + block * q8_block);
  __m256 x[4];
  __m256i magnitude = _mm256_setzero_si256();
  for (int k = 0; k < 4; ++k) {
    x[k] = _mm256_loadu_ps(in + 8 * k);
    // Magnitudes order as their bits do, infinity and NaN above every number.
    magnitude = _mm256_max_epi32(
        magnitude, _mm256_and_si256(_mm256_castps_si256(x[k]), _mm256_set1_epi32(0x7fffffff)));
  }
  const int32_t amax_bits = reduce_max(magnitude);
  const float amax = _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(amax_bits)));
  const bool finite = amax_bits < 0x7f800000;
  const float inverse = 127.0f / amax;
  if (!finite || inverse == __builtin_inff()) {
    _mm256_storeu_si256(values, _mm256_setzero_si256());
    out.scales[block] = finite ? 0.0f : __builtin_nanf("");
    return out.set_sums(block, {0, 0, 0, 0});
  }
  __m256i q[4];
  for (int k = 0; k < 4; ++k) {
    q[k] = _mm256_cvtps_epi32(_mm256_mul_ps(x[k], _mm256_set1_ps(inverse)));
  }
  out.scales[block] = amax / 127.0f;
  // Packing works in 128-bit halves; the permutation puts the words of 4 bytes back in order.
  const __m256i bytes = _mm256_permutevar8x32_epi32(
      _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3])),
      _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  _mm256_storeu_si256(values, bytes);
  int16_t pairs[4];
  _mm_storel_epi64(reinterpret_cast<__m128i*>(pairs), pair_sums(bytes));
  out.set_sums(block, pairs);
}

}  // namespace

void quantize_q8(std::byte* out, const float* in, size_t cols) {
  assert(cols % q8_block == 0);
  const Q8Output row = q8_output(out, cols);
  for (size_t block = 0; block < cols / q8_block; ++block) {
    quantize_block(row, block, in + block * q8_block);
  }
}

}  // namespace kinglet::avx2
