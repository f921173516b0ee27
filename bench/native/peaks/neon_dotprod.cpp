#include <arm_neon.h>

#include "../bench/native/peaks.h"

namespace kinglet {
namespace {

constexpr size_t sum_count = 12;

// Sums whose values gcc knows to be equal would be one.
void touch(int32x4_t (&sums)[sum_count]) {
#pragma GCC unroll 16
  for (int32x4_t& sum : sums) asm volatile("" : "+w"(sum));
}

void sdot(size_t iterations) {
  const int8x16_t weights = vdupq_n_s8(3);
  const int8x16_t values = vdupq_n_s8(5);
  int32x4_t sums[sum_count] = {};
  touch(sums);
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (size_t s = 0; s < sum_count; ++s) sums[s] = vdotq_s32(sums[s], weights, values);
  }
  touch(sums);
}

constexpr Peak rows[] = {
    {PeakKind::q4, "sdot", 32.0 * sum_count, sdot},
    {PeakKind::q8, "sdot", 32.0 * sum_count, sdot},
};

}  // namespace

extern constinit const std::span<const Peak> neon_dotprod_peaks = rows;

}  // namespace kinglet
