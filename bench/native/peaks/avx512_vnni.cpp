#include <immintrin.h>

#include "../bench/native/peaks.h"

namespace kinglet {
namespace {

constexpr size_t sum_count = 12;

// Sums whose values gcc knows to be equal would be one.
template <class Sum>
void touch(Sum (&sums)[sum_count]) {
#pragma GCC unroll 16
  for (Sum& sum : sums) asm volatile("" : "+v"(sum));
}

void dpbusd(size_t iterations) {
  const __m512i codes = _mm512_set1_epi8(3), values = _mm512_set1_epi8(5);
  __m512i sums[sum_count] = {};
  touch(sums);
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (size_t s = 0; s < sum_count; ++s) sums[s] = _mm512_dpbusd_epi32(sums[s], codes, values);
  }
  touch(sums);
}

void fp32(size_t iterations) {
  const __m512 weights = _mm512_set1_ps(0.5f), values = _mm512_set1_ps(0.25f);
  __m512 sums[sum_count] = {};
  touch(sums);
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (size_t s = 0; s < sum_count; ++s) sums[s] = _mm512_fmadd_ps(weights, values, sums[s]);
  }
  touch(sums);
}

// Nothing saturates, and a signed weight costs an offset that is added once a block.
constexpr Peak rows[] = {
    {PeakKind::q4, "vpdpbusd, 512 bits", 128.0 * sum_count, dpbusd},
    {PeakKind::q8, "vpdpbusd, 512 bits", 128.0 * sum_count, dpbusd},
    {PeakKind::fp32, "vfmadd231ps, 512 bits", 32.0 * sum_count, fp32},
};

}  // namespace

extern constinit const std::span<const Peak> avx512_vnni_peaks = rows;

}  // namespace kinglet
