#include <arm_neon.h>

#include "../bench/native/peaks.h"

namespace kinglet {
namespace {

/// Products of codes and int8 that fit together in 16 bits: of 4-bit codes 16, of int8 two.
template <size_t chain>
void int8(size_t iterations) {
  constexpr size_t sum_count = 8;
  int8x8_t weights = vdup_n_s8(3);
  const int8x8_t values = vdup_n_s8(5);
  int32x4_t sums[sum_count] = {};
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 8
    for (size_t s = 0; s < sum_count; ++s) {
      asm volatile("" : "+w"(weights));
      int16x8_t words = vmull_s8(weights, values);
#pragma GCC unroll 16
      for (size_t k = 1; k < chain; ++k) {
        asm volatile("" : "+w"(weights));
        words = vmlal_s8(words, weights, values);
      }
      sums[s] = vpadalq_s16(sums[s], words);
    }
  }
#pragma GCC unroll 8
  for (int32x4_t& sum : sums) asm volatile("" : "+w"(sum));
}

constexpr size_t fp32_sums = 12;

// Sums whose values gcc knows to be equal would be one.
void touch(float32x4_t (&sums)[fp32_sums]) {
#pragma GCC unroll 16
  for (float32x4_t& sum : sums) asm volatile("" : "+w"(sum));
}

void fp32(size_t iterations) {
  const float32x4_t weights = vdupq_n_f32(0.5f);
  const float32x4_t values = vdupq_n_f32(0.25f);
  float32x4_t sums[fp32_sums] = {};
  touch(sums);
  for (size_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 16
    for (size_t s = 0; s < fp32_sums; ++s) sums[s] = vfmaq_f32(sums[s], weights, values);
  }
  touch(sums);
}

constexpr Peak rows[] = {
    {PeakKind::q4, "smull, 15 smlal, sadalp", 16.0 * 16 * 8, int8<16>},
    {PeakKind::q8, "smull, smlal, sadalp", 16.0 * 2 * 8, int8<2>},
    {PeakKind::fp32, "fmla", 8.0 * fp32_sums, fp32},
};

}  // namespace

extern constinit const std::span<const Peak> neon_peaks = rows;

}  // namespace kinglet
