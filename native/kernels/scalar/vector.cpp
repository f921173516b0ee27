#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "kernels/scalar/table.h"
#include "quant/half.h"

namespace kinglet::scalar {
namespace {

void quantize_block(const Q8Output& out, size_t block, const float* in) {
  int8_t* values = out.values + block * q8_block;
  float amax = 0;
  bool finite = true;
  for (size_t i = 0; i < q8_block; ++i) {
    finite = finite && std::isfinite(in[i]);
    amax = std::max(amax, std::fabs(in[i]));
  }
  const float inverse = 127.0f / amax;
  int16_t pairs[4] = {};
  if (!finite || !std::isfinite(inverse)) {
    std::fill(values, values + q8_block, static_cast<int8_t>(0));
    out.scales[block] = finite ? 0.0f : std::numeric_limits<float>::quiet_NaN();
    return out.set_sums(block, pairs);
  }
  out.scales[block] = amax / 127.0f;
  for (size_t i = 0; i < q8_block; ++i) {
    // The rounding mode is the default one: to nearest, ties to even.
    values[i] = static_cast<int8_t>(std::nearbyint(in[i] * inverse));
    int16_t& sum = pairs[i / 16 * 2 + i % 4 / 2];
    sum = static_cast<int16_t>(sum + values[i]);
  }
  out.set_sums(block, pairs);
}

void quantize_q8(std::byte* out, const float* in, size_t cols) {
  assert(cols % q8_block == 0);
  const Q8Output row = q8_output(out, cols);
  for (size_t block = 0; block < cols / q8_block; ++block) {
    quantize_block(row, block, in + block * q8_block);
  }
}

void rms_norm(float* out, const float* in, const float* weight, size_t n, float epsilon) {
  double squares = 0;
  for (size_t i = 0; i < n; ++i) squares += static_cast<double>(in[i]) * in[i];
  const auto mean = static_cast<float>(squares / static_cast<double>(n));
  const float scale = 1.0f / std::sqrt(mean + epsilon);
  for (size_t i = 0; i < n; ++i) {
    const float normed = in[i] * scale;
    out[i] = weight == nullptr ? normed : normed * weight[i];
  }
}

void rope(float* head, const float* cosines, const float* sines, size_t head_dim,
          RopePairing pairing) {
  const size_t pairs = head_dim / 2;
  for (size_t i = 0; i < pairs; ++i) {
    float& x = pairing == RopePairing::half ? head[i] : head[2 * i];
    float& y = pairing == RopePairing::half ? head[i + pairs] : head[2 * i + 1];
    const float rotated_x = x * cosines[i] - y * sines[i];
    const float rotated_y = x * sines[i] + y * cosines[i];
    x = rotated_x;
    y = rotated_y;
  }
}

void silu_mul(float* out, const float* gate, const float* up, size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] = gate[i] / (1.0f + std::exp(-gate[i])) * up[i];
}

void add(float* out, const float* in, size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] += in[i];
}

void to_f16(uint16_t* out, const float* in, size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] = float_to_half(in[i]);
}

float to_kv_q8(int8_t* out, const float* in, size_t n) {
  float amax = 0;
  bool finite = true;
  for (size_t i = 0; i < n; ++i) {
    finite = finite && std::isfinite(in[i]);
    amax = std::max(amax, std::fabs(in[i]));
  }
  std::fill(out, out + n, int8_t{0});
  if (!finite) return std::numeric_limits<float>::quiet_NaN();
  const float factor = 127 / amax;
  if (!std::isfinite(factor)) return 0;
  for (size_t i = 0; i < n; ++i) out[i] = static_cast<int8_t>(std::nearbyint(in[i] * factor));
  return amax / 127;
}

}  // namespace

void add_vector_kernels(KernelTable& table) {
  table.quantize_q8 = quantize_q8;
  table.rms_norm = rms_norm;
  table.rope = rope;
  table.silu_mul = silu_mul;
  table.add = add;
  table.to_f16 = to_f16;
  table.to_kv_q8 = to_kv_q8;
}

}  // namespace kinglet::scalar
