// What draws and log-probabilities are computed with.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "kernels/scalar/table.h"

namespace kinglet::scalar {
namespace {

Extremes extremes(const float* in, size_t n) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  Extremes found{infinity, -infinity};
  for (size_t i = 0; i < n; ++i) {
    if (std::isnan(in[i])) return {nan, nan};
    found.smallest = std::min(found.smallest, in[i]);
    found.largest = std::max(found.largest, in[i]);
  }
  return found;
}

float sum_exp(const float* in, size_t n, float max) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += std::exp(in[i] - max);
  return static_cast<float>(sum);
}

/// exp(x) for x <= 0, -infinity included; 0 where that is below the smallest normal float, and
/// exactly 1 for 0. Plain arithmetic without a branch, so that loops over it vectorize. Relative
/// error below 3e-7. Method: x = n ln 2 + r, and Taylor's polynomial of degree 6 for r in
/// [-ln 2 / 2, ln 2 / 2] (Cody and Waite, 1980).
inline float weight_exp(float x) {
  constexpr int32_t far_below = std::bit_cast<int32_t>(100.0f);
  constexpr float round_magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  constexpr float log2_e = 1.44269504f;
  constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  // The clamp compares magnitudes as integers: gcc makes a branch of a comparison of floats here.
  const int32_t magnitude = std::bit_cast<int32_t>(x) & 0x7fffffff;
  const float clamped = -std::bit_cast<float>(std::min(magnitude, far_below));
  const float shifted = clamped * log2_e + round_magic;
  const float n = shifted - round_magic;
  const float r = (clamped - n * ln2_high) - n * ln2_low;
  float p = 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  // 2^n as a float's exponent; one of 0 or less makes the float 0.
  const int32_t exponent =
      std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(round_magic) + 127;
  return p * std::bit_cast<float>((exponent > 0 ? exponent : 0) << 23);
}

float sum_of(const float* weights, size_t n) {
  constexpr size_t lanes = 16;
  float sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += weights[i + lane];
  }
  for (size_t lane = 0; i < n; ++i, ++lane) sums[lane] += weights[i];
  for (size_t half = lanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

float weigh(float* weights, const float* in, size_t n, float largest, float inverse_temperature) {
  for (size_t i = 0; i < n; ++i) weights[i] = weight_exp((in[i] - largest) * inverse_temperature);
  return sum_of(weights, n);
}

float keep_from(float* out, const float* weights, const float* values, size_t n, float bound) {
  for (size_t i = 0; i < n; ++i) {
    const float weight = weights[i];
    out[i] = values[i] < bound ? 0.0f : weight;
  }
  return sum_of(out, n);
}

}  // namespace

void add_sampling(KernelTable& table) {
  table.extremes = extremes;
  table.sum_exp = sum_exp;
  table.weigh = weigh;
  table.keep_from = keep_from;
}

}  // namespace kinglet::scalar
