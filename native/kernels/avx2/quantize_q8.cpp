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

int32_t reduce_add(__m256i x) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1)));
}

void quantize_block(int8_t* values, float* scale, int32_t* sum, const float* in) {
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
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(values), _mm256_setzero_si256());
    *scale = finite ? 0.0f : __builtin_nanf("");
    *sum = 0;
    return;
  }
  __m256i q[4];
  for (int k = 0; k < 4; ++k) {
    q[k] = _mm256_cvtps_epi32(_mm256_mul_ps(x[k], _mm256_set1_ps(inverse)));
  }
  *scale = amax / 127.0f;
  *sum = reduce_add(_mm256_add_epi32(_mm256_add_epi32(q[0], q[1]), _mm256_add_epi32(q[2], q[3])));
  // Packing works in 128-bit halves; the permutation puts the words of 4 bytes back in order.
  const __m256i bytes =
      _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
  _mm256_storeu_si256(
      reinterpret_cast<__m256i*>(values),
      _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
}

}  // namespace

void quantize_q8(std::byte* out, const float* in, size_t cols) {
  assert(cols % q8_block == 0);
  auto* values = reinterpret_cast<int8_t*>(out);
  auto* scales = reinterpret_cast<float*>(out + cols);
  auto* sums = reinterpret_cast<int32_t*>(scales + cols / q8_block);
  for (size_t block = 0; block < cols / q8_block; ++block) {
    quantize_block(values + block * q8_block, scales + block, sums + block, in + block * q8_block);
  }
}

}  // namespace kinglet::avx2
