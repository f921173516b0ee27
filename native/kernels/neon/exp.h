// e^x on four lanes, for softmax and SiLU.
#pragma once

#include <arm_neon.h>

namespace kinglet::neon {
namespace {

/// e^x to within one unit in the last place over the whole range: subnormal results are rounded
/// once, e^-infinity is 0, overflow is infinity, NaN stays NaN.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite's reduction in two steps), and
/// e^r = 1 + (r + r^2 p(r)) with a minimax p of degree 4, whose relative error is 4e-9.
inline float32x4_t exp(float32x4_t x) {
  // Beyond these limits the result is 0 or infinity anyway, and n fits its two halves below.
  x = vminq_f32(vmaxq_f32(x, vdupq_n_f32(-104.0f)), vdupq_n_f32(89.0f));
  const float32x4_t n = vrndnq_f32(vmulq_f32(x, vdupq_n_f32(0x1.715476p+0f)));  // 1 / ln 2
  float32x4_t r = vfmsq_f32(x, n, vdupq_n_f32(0x1.62e430p-1f));                 // ln 2, rounded
  r = vfmaq_f32(r, n, vdupq_n_f32(0x1.05c610p-29f));                            // what that lacks
  float32x4_t p = vdupq_n_f32(0x1.6a23d0p-10f);
  p = vfmaq_f32(vdupq_n_f32(0x1.123a20p-7f), p, r);
  p = vfmaq_f32(vdupq_n_f32(0x1.5558f2p-5f), p, r);
  p = vfmaq_f32(vdupq_n_f32(0x1.555492p-3f), p, r);
  p = vfmaq_f32(vdupq_n_f32(0x1.fffffcp-2f), p, r);
  const float32x4_t power = vaddq_f32(vfmaq_f32(r, vmulq_f32(r, r), p), vdupq_n_f32(1.0f));
  // 2^n in two factors, since n reaches from -150 to 128 and an exponent from -126 to 127.
  const int32x4_t exponent = vcvtq_s32_f32(n);
  const int32x4_t half = vshrq_n_s32(exponent, 1);
  const int32x4_t bias = vdupq_n_s32(127);
  const int32x4_t a = vshlq_n_s32(vaddq_s32(half, bias), 23);
  const int32x4_t b = vshlq_n_s32(vaddq_s32(vsubq_s32(exponent, half), bias), 23);
  return vmulq_f32(vmulq_f32(power, vreinterpretq_f32_s32(a)), vreinterpretq_f32_s32(b));
}

}  // namespace
}  // namespace kinglet::neon
