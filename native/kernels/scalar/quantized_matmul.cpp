#include "kernels/scalar/row_major.h"
#include "kernels/scalar/table.h"
#include "quant/block32.h"
#include "quant/k_quants.h"
#include "quant/little_endian.h"

namespace kinglet::scalar {
namespace {

using namespace quant;

// What a block of 32 weights adds to a dot product, before the activation's scale: the sum of
// weight * value over the activation's 32 values, whose sum is `sum`.
using BlockDot = float (*)(const std::byte* block, const int8_t* values, int32_t sum);

int32_t nibble_dot(const std::byte* nibbles, const int8_t* values) {
  int32_t dot = 0;
  for (size_t j = 0; j < 16; ++j) {
    const uint8_t byte = load_u8(nibbles + j);
    dot += (byte & 0x0f) * values[j] + (byte >> 4) * values[j + 16];
  }
  return dot;
}

float q4_0_dot(const std::byte* block, const int8_t* values, int32_t sum) {
  // sum((q - 8) v) = sum(q v) - 8 sum(v)
  return load_half(block) * static_cast<float>(nibble_dot(block + 2, values) - 8 * sum);
}

float q4_1_dot(const std::byte* block, const int8_t* values, int32_t sum) {
  // sum((d q + m) v) = d sum(q v) + m sum(v)
  return load_half(block) * static_cast<float>(nibble_dot(block + 4, values)) +
         load_half(block + 2) * static_cast<float>(sum);
}

float q5_1_dot(const std::byte* block, const int8_t* values, int32_t sum) {
  uint8_t codes[q8_block];
  q5_1_codes(codes, block);
  int32_t dot = 0;
  for (size_t i = 0; i < q8_block; ++i) dot += codes[i] * values[i];
  return load_half(block) * static_cast<float>(dot) +
         load_half(block + 2) * static_cast<float>(sum);
}

float q8_0_dot(const std::byte* block, const int8_t* values, int32_t /*sum*/) {
  int32_t dot = 0;
  for (size_t i = 0; i < q8_block; ++i) {
    dot += static_cast<int8_t>(load_u8(block + 2 + i)) * values[i];
  }
  return load_half(block) * static_cast<float>(dot);
}

template <Format format, BlockDot block_dot, size_t bytes>
void matmul(const MatmulTask& task) {
  for_each_output<format>(
      task, [](const std::byte* weights, const std::byte* activation, size_t cols) {
        const Q8Row a = q8_row(activation, cols);
        float total = 0;
        for (size_t block = 0; block < cols / q8_block; ++block) {
          const float dot =
              block_dot(weights + block * bytes, a.values + block * q8_block, a.sums[block]);
          total += dot * a.scales[block];
        }
        return total;
      });
}

template <Format format>
MatmulKernel unit(const char* name, void (*run)(const MatmulTask&)) {
  return {.name = name,
          .activation = Activation::q8,
          .row_tile = 1,
          .packed_bytes = packed_bytes<format>,
          .pack = pack<format>,
          .unpack_row = unpack_row<format>,
          .gemv = run,
          .gemm = run};
}

// A block of q6_k is 8 activation blocks long, each with two integer scales.
void q6_k_matmul(const MatmulTask& task) {
  for_each_output<Format::q6_k>(
      task, [](const std::byte* weights, const std::byte* activation, size_t cols) {
        Q8Row a = q8_row(activation, cols);
        float total = 0;
        for (; cols > 0; cols -= k_block, weights += q6_k_bytes) {
          int8_t codes[k_block];
          q6_k_codes(codes, weights);
          const float d = load_half(weights + q6_k_d_at);
          for (size_t begin = 0; begin < k_block; begin += q8_block) {
            int32_t dot = 0;
            for (size_t i = begin; i < begin + q8_block; ++i) {
              const auto scale = static_cast<int8_t>(load_u8(weights + q6_k_scales_at + i / 16));
              dot += scale * codes[i] * a.values[i];
            }
            total += d * static_cast<float>(dot) * a.scales[begin / q8_block];
          }
          a.values += k_block;
          a.scales += k_block / q8_block;
        }
        return total;
      });
}

}  // namespace

void add_quantized_matmuls(KernelTable& table) {
  using enum Format;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = unit<q4_0>("scalar/q4_0", matmul<q4_0, q4_0_dot, q4_0_bytes>);
  units[computed::q4_1] = unit<q4_1>("scalar/q4_1", matmul<q4_1, q4_1_dot, q4_1_bytes>);
  units[computed::q5_1] = unit<q5_1>("scalar/q5_1", matmul<q5_1, q5_1_dot, q5_1_bytes>);
  units[computed::q6_k] = unit<q6_k>("scalar/q6_k", q6_k_matmul);
  units[computed::q8_0] = unit<q8_0>("scalar/q8_0", matmul<q8_0, q8_0_dot, q8_0_bytes>);
}

}  // namespace kinglet::scalar
