#include <immintrin.h>

#include "../bench/native/peaks.h"

namespace kinglet {
namespace {

// An operand changes unseen, so that no product is computed once for all.
inline void touch(__m256i& value) { asm volatile("" : "+x"(value)); }
inline void touch(__m256& value) { asm volatile("" : "+x"(value)); }

/// Eight products of codes up to 31 are summed in 16 bits (8 * 2 * 15 * 127 fits), then widened.
constexpr size_t q4_chain = 8;
constexpr size_t q4_sums = 6;
void q4(size_t iterations) {
  __m256i codes = _mm256_set1_epi8(3), values = _mm256_set1_epi8(5);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[q4_sums] = {};
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 8
    for (size_t s = 0; s < q4_sums; ++s) {
      touch(codes);
      __m256i words = _mm256_maddubs_epi16(codes, values);
#pragma GCC unroll 8
      for (size_t k = 1; k < q4_chain; ++k) {
        touch(codes);
        words = _mm256_add_epi16(words, _mm256_maddubs_epi16(codes, values));
      }
      sums[s] = _mm256_add_epi32(sums[s], _mm256_madd_epi16(words, ones));
    }
  }
#pragma GCC unroll 8
  for (__m256i& sum : sums) touch(sum);
}

constexpr size_t q8_sums = 10;
void q8(size_t iterations) {
  __m256i weights = _mm256_set1_epi8(-3), values = _mm256_set1_epi8(5);
  const __m256i magnitudes = _mm256_abs_epi8(weights), ones = _mm256_set1_epi16(1);
  __m256i sums[q8_sums] = {};
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (size_t s = 0; s < q8_sums; ++s) {
      touch(values);
      const __m256i words = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(values, weights));
      sums[s] = _mm256_add_epi32(sums[s], _mm256_madd_epi16(words, ones));
    }
  }
#pragma GCC unroll 16
  for (__m256i& sum : sums) touch(sum);
}

constexpr size_t fp32_sums = 12;
void fp32(size_t iterations) {
  __m256 weights = _mm256_set1_ps(0.5f), values = _mm256_set1_ps(0.25f);
  __m256 sums[fp32_sums] = {};
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (size_t s = 0; s < fp32_sums; ++s) {
      touch(values);
      sums[s] = _mm256_fmadd_ps(weights, values, sums[s]);
    }
  }
#pragma GCC unroll 16
  for (__m256& sum : sums) touch(sum);
}

constexpr Peak rows[] = {
    {PeakKind::q4, "8 (vpmaddubsw, vpaddw), vpmaddwd, vpaddd", 64.0 * q4_chain * q4_sums, q4},
    {PeakKind::q8, "vpsignb, vpmaddubsw, vpmaddwd, vpaddd", 64.0 * q8_sums, q8},
    {PeakKind::fp32, "vfmadd231ps", 16.0 * fp32_sums, fp32},
};

}  // namespace

extern constinit const std::span<const Peak> avx2_peaks = rows;

}  // namespace kinglet
