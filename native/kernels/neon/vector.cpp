// The element-wise kernels. None of them is where the time goes, so they are written for accuracy:
// sums over a row are kept in double, as scalar keeps them.
#include <arm_neon.h>

#include <cassert>

#include "kernels/neon/exp.h"
#include "kernels/neon/neon.h"

namespace kinglet::neon {
namespace {

/// Adds the four lanes to a sum kept in two vectors.
inline void add_to(float64x2_t (&sum)[2], float32x4_t x) {
  sum[0] = vaddq_f64(sum[0], vcvt_f64_f32(vget_low_f32(x)));
  sum[1] = vaddq_f64(sum[1], vcvt_high_f64_f32(x));
}

inline double total(const float64x2_t (&sum)[2]) { return vaddvq_f64(vaddq_f64(sum[0], sum[1])); }

/// The last n < 4 elements at `in`, then `fill`.
inline float32x4_t load_tail(const float* in, size_t n, float fill) {
  float lanes[4] = {fill, fill, fill, fill};
  __builtin_memcpy(lanes, in, n * sizeof(float));
  return vld1q_f32(lanes);
}

inline void store_tail(float* out, float32x4_t x, size_t n) {
  float lanes[4];
  vst1q_f32(lanes, x);
  __builtin_memcpy(out, lanes, n * sizeof(float));
}

inline float32x4_t silu(float32x4_t gate) {
  return vdivq_f32(gate, vaddq_f32(exp(vnegq_f32(gate)), vdupq_n_f32(1.0f)));
}

}  // namespace

void rms_norm(float* out, const float* in, const float* weight, size_t n, float epsilon) {
  float64x2_t squares[2] = {vdupq_n_f64(0), vdupq_n_f64(0)};
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const float32x4_t x = vld1q_f32(in + i);
    const float64x2_t low = vcvt_f64_f32(vget_low_f32(x));
    const float64x2_t high = vcvt_high_f64_f32(x);
    squares[0] = vfmaq_f64(squares[0], low, low);
    squares[1] = vfmaq_f64(squares[1], high, high);
  }
  double sum = total(squares);
  for (; i < n; ++i) sum += static_cast<double>(in[i]) * in[i];
  const float mean = static_cast<float>(sum / static_cast<double>(n));
  const float scale = 1.0f / __builtin_sqrtf(mean + epsilon);

  i = 0;
  if (weight == nullptr) {
    for (; i + 4 <= n; i += 4) vst1q_f32(out + i, vmulq_n_f32(vld1q_f32(in + i), scale));
    for (; i < n; ++i) out[i] = in[i] * scale;
  } else {
    for (; i + 4 <= n; i += 4) {
      vst1q_f32(out + i, vmulq_f32(vmulq_n_f32(vld1q_f32(in + i), scale), vld1q_f32(weight + i)));
    }
    for (; i < n; ++i) out[i] = in[i] * scale * weight[i];
  }
}

void rope(float* head, const float* cosines, const float* sines, size_t head_dim,
          RopePairing pairing) {
  // Products are not fused with the sums, so these are scalar's bits.
  const size_t pairs = head_dim / 2;
  const bool half = pairing == RopePairing::half;
  size_t i = 0;
  for (; i + 4 <= pairs; i += 4) {
    const float32x4_t cosine = vld1q_f32(cosines + i);
    const float32x4_t sine = vld1q_f32(sines + i);
    const float32x4x2_t in = half
                                 ? float32x4x2_t{{vld1q_f32(head + i), vld1q_f32(head + pairs + i)}}
                                 : vld2q_f32(head + 2 * i);
    const float32x4_t x = vsubq_f32(vmulq_f32(in.val[0], cosine), vmulq_f32(in.val[1], sine));
    const float32x4_t y = vaddq_f32(vmulq_f32(in.val[0], sine), vmulq_f32(in.val[1], cosine));
    if (half) {
      vst1q_f32(head + i, x);
      vst1q_f32(head + pairs + i, y);
    } else {
      vst2q_f32(head + 2 * i, float32x4x2_t{{x, y}});
    }
  }
  for (; i < pairs; ++i) {
    float& x = head[half ? i : 2 * i];
    float& y = head[half ? i + pairs : 2 * i + 1];
    const float rotated = x * cosines[i] - y * sines[i];
    y = x * sines[i] + y * cosines[i];
    x = rotated;
  }
}

void silu_mul(float* out, const float* gate, const float* up, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    vst1q_f32(out + i, vmulq_f32(silu(vld1q_f32(gate + i)), vld1q_f32(up + i)));
  }
  if (i < n) {
    const float32x4_t product =
        vmulq_f32(silu(load_tail(gate + i, n - i, 0)), load_tail(up + i, n - i, 0));
    store_tail(out + i, product, n - i);
  }
}

void add(float* out, const float* in, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) vst1q_f32(out + i, vaddq_f32(vld1q_f32(out + i), vld1q_f32(in + i)));
  for (; i < n; ++i) out[i] += in[i];
}

void to_f16(uint16_t* out, const float* in, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    vst1_u16(out + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(in + i))));
  }
  if (i < n) {
    uint16_t lanes[4];
    vst1_u16(lanes, vreinterpret_u16_f16(vcvt_f16_f32(load_tail(in + i, n - i, 0))));
    __builtin_memcpy(out + i, lanes, (n - i) * sizeof(uint16_t));
  }
}

float max(const float* in, size_t n) {
  const float lowest = -__builtin_inff();
  // FMAX gives NaN where either side is one, unlike FMAXNM.
  float32x4_t largest = vdupq_n_f32(lowest);
  size_t i = 0;
  for (; i + 4 <= n; i += 4) largest = vmaxq_f32(largest, vld1q_f32(in + i));
  if (i < n) largest = vmaxq_f32(largest, load_tail(in + i, n - i, lowest));
  return vmaxvq_f32(largest);
}

float sum_exp(const float* in, size_t n, float max) {
  const float32x4_t origin = vdupq_n_f32(max);
  float64x2_t sum[2] = {vdupq_n_f64(0), vdupq_n_f64(0)};
  size_t i = 0;
  for (; i + 4 <= n; i += 4) add_to(sum, exp(vsubq_f32(vld1q_f32(in + i), origin)));
  if (i < n) {
    const float32x4_t last = exp(vsubq_f32(load_tail(in + i, n - i, max), origin));
    float lanes[4] = {0, 0, 0, 0};
    store_tail(lanes, last, n - i);
    add_to(sum, vld1q_f32(lanes));
  }
  return static_cast<float>(total(sum));
}

}  // namespace kinglet::neon
