#include "kernels/scalar/row_major.h"
#include "kernels/scalar/table.h"
#include "quant/block32.h"
#include "quant/iq_quants.h"
#include "quant/k_quants.h"

namespace kinglet::scalar {
namespace {

using namespace quant;

/// What 32 weights add to a dot product, before the activation's scale. `values` are the 32 of the
/// activation. Both sums are below 2^24, so that they are exact in float too.
template <Format format>
float block_dot(const CodeBlock& block, const int8_t* values) {
  int32_t dot = 0, minima = 0;
  for (size_t i = 0; i < code_columns; ++i) {
    dot += block.scales[i / 16] * code_value<format>(block.codes[i]) * values[i];
    minima += block.minima[i / 16] * values[i];
  }
  const float d = half_to_float(block.d) * code_layout<format>.unit;
  const float scaled = d * static_cast<float>(dot);
  if constexpr (!code_layout<format>.has_minima) return scaled;
  return scaled + half_to_float(block.m) * static_cast<float>(minima);
}

template <Format format>
void matmul(const MatmulTask& task) {
  constexpr size_t values = format_values<format>;
  for_each_output<format>(
      task, [](const std::byte* weights, const std::byte* activation, size_t cols) {
        const Q8Row a = q8_row(activation, cols);
        float total = 0;
        for (size_t begin = 0; begin < cols; begin += values, weights += format_bytes<format>) {
          CodeBlock blocks[values / code_columns];
          code_layout<format>.read(blocks, weights);
          for (size_t b = 0; b < values / code_columns; ++b) {
            const size_t at = begin + b * code_columns;
            total += block_dot<format>(blocks[b], a.values + at) * a.scales[at / q8_block];
          }
        }
        return total;
      });
}

template <Format format>
MatmulKernel unit(const char* name) {
  static_assert(code_columns == q8_block);
  return {.name = name,
          .activation = Activation::q8,
          .row_tile = 1,
          .packed_bytes = packed_bytes<format>,
          .pack = pack<format>,
          .unpack_row = unpack_row<format>,
          .gemv = matmul<format>,
          .gemm = matmul<format>};
}

}  // namespace

void add_quantized_matmuls(KernelTable& table) {
  using enum Format;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = unit<q4_0>("scalar/q4_0");
  units[computed::q4_1] = unit<q4_1>("scalar/q4_1");
  units[computed::q5_0] = unit<q5_0>("scalar/q5_0");
  units[computed::q5_1] = unit<q5_1>("scalar/q5_1");
  units[computed::q8_0] = unit<q8_0>("scalar/q8_0");
  units[computed::q2_k] = unit<q2_k>("scalar/q2_k");
  units[computed::q3_k] = unit<q3_k>("scalar/q3_k");
  units[computed::q4_k] = unit<q4_k>("scalar/q4_k");
  units[computed::q5_k] = unit<q5_k>("scalar/q5_k");
  units[computed::q6_k] = unit<q6_k>("scalar/q6_k");
  units[computed::iq1_s] = unit<iq1_s>("scalar/iq1_s");
  units[computed::iq2_xxs] = unit<iq2_xxs>("scalar/iq2_xxs");
  units[computed::iq2_xs] = unit<iq2_xs>("scalar/iq2_xs");
  units[computed::iq2_s] = unit<iq2_s>("scalar/iq2_s");
  units[computed::iq3_xxs] = unit<iq3_xxs>("scalar/iq3_xxs");
  units[computed::iq3_s] = unit<iq3_s>("scalar/iq3_s");
  units[computed::iq4_nl] = unit<iq4_nl>("scalar/iq4_nl");
  units[computed::iq4_xs] = unit<iq4_xs>("scalar/iq4_xs");
}

}  // namespace kinglet::scalar
