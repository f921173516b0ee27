#include <immintrin.h>

#include "../bench/native/peaks.h"

namespace kinglet {
namespace {

constexpr size_t sum_count = 12;

// Sums whose values gcc knows to be equal would be one.
void touch(__m256i (&sums)[sum_count]) {
#pragma GCC unroll 16
  for (__m256i& sum : sums) asm volatile("" : "+x"(sum));
}

void dpbusd(size_t iterations) {
  const __m256i codes = _mm256_set1_epi8(3), values = _mm256_set1_epi8(5);
  __m256i sums[sum_count] = {};
  touch(sums);
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (size_t s = 0; s < sum_count; ++s) {
      sums[s] = _mm256_dpbusd_avx_epi32(sums[s], codes, values);
    }
  }
  touch(sums);
}

// Nothing saturates, and a signed weight costs an offset that is added once a block.
constexpr Peak rows[] = {
    {PeakKind::q4, "vpdpbusd, 256 bits", 64.0 * sum_count, dpbusd},
    {PeakKind::q8, "vpdpbusd, 256 bits", 64.0 * sum_count, dpbusd},
};

}  // namespace

extern constinit const std::span<const Peak> avx_vnni_peaks = rows;

}  // namespace kinglet
