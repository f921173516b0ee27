// The q8 activation layout, the same bits as scalar: a maximum is exact in any order, and a product
// and its rounding are one instruction each, as they are in C++.
#include <arm_neon.h>

#include <cassert>

#include "kernels/neon/table.h"

namespace kinglet::neon {
namespace {

constexpr size_t vectors = q8_block / 4;

inline float absolute_maximum(const float32x4_t (&x)[vectors]) {
  float32x4_t largest[4];
  for (size_t v = 0; v < 4; ++v) largest[v] = vmaxq_f32(vabsq_f32(x[v]), vabsq_f32(x[v + 4]));
  // NaN wins every FMAX and FMAXV, so a block that holds one has it as its maximum.
  return vmaxvq_f32(
      vmaxq_f32(vmaxq_f32(largest[0], largest[1]), vmaxq_f32(largest[2], largest[3])));
}

inline int8x8_t round_eight(float32x4_t a, float32x4_t b, float inverse) {
  const int32x4_t low = vcvtnq_s32_f32(vmulq_n_f32(a, inverse));
  const int32x4_t high = vcvtnq_s32_f32(vmulq_n_f32(b, inverse));
  return vmovn_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high)));
}

}  // namespace

void quantize_q8(std::byte* out, const float* in, size_t cols) {
  assert(cols % q8_block == 0);
  const Q8Output row = q8_output(out, cols);
  for (size_t block = 0; block < cols / q8_block; ++block, in += q8_block) {
    int8_t* values = row.values + block * q8_block;
    float32x4_t x[vectors];
    for (size_t v = 0; v < vectors; ++v) x[v] = vld1q_f32(in + 4 * v);
    const float amax = absolute_maximum(x);
    const float inverse = 127.0f / amax;
    // Not finite: a NaN, an infinity (both make `amax` so), or a block too small to have an
    // inverse.
    const bool finite = amax < __builtin_inff();
    if (!finite || !(inverse < __builtin_inff())) {
      vst1q_s8(values, vdupq_n_s8(0));
      vst1q_s8(values + 16, vdupq_n_s8(0));
      row.scales[block] = finite ? 0.0f : __builtin_nanf("");
      row.set_sums(block, {0, 0, 0, 0});
      continue;
    }
    const int8x16_t low =
        vcombine_s8(round_eight(x[0], x[1], inverse), round_eight(x[2], x[3], inverse));
    const int8x16_t high =
        vcombine_s8(round_eight(x[4], x[5], inverse), round_eight(x[6], x[7], inverse));
    vst1q_s8(values, low);
    vst1q_s8(values + 16, high);
    row.scales[block] = amax / 127.0f;
    // Sums of pairs of values: of 8 pairs a half, every second one belongs together.
    const int16x8_t first = vpaddlq_s8(low), second = vpaddlq_s8(high);
    const int16x8_t even = vuzp1q_s16(first, second), odd = vuzp2q_s16(first, second);
    int16x8_t sums = vpaddq_s16(even, odd);
    sums = vpaddq_s16(sums, sums);
    row.set_sums(block, {vgetq_lane_s16(sums, 0), vgetq_lane_s16(sums, 2), vgetq_lane_s16(sums, 1),
                         vgetq_lane_s16(sums, 3)});
  }
}

}  // namespace kinglet::neon
