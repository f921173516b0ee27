// Products of 8-bit weights and activations with SDOT.
//
// A register of weights holds 4 rows times 4 columns, so SDOT with a lane of the activations gives
// 4 rows 4 products each, and a lane stays a row: no sums across lanes, no broadcasts. A Cortex-A76
// starts two SDOTs a cycle and passes an accumulator on after one; two groups of 4 rows times 4
// activation rows are 8 accumulators, and with the 8 of the float sums, 4 registers of activations
// and the weights they fit the 32. Each load of weights serves 4 SDOTs, each one of activations 8.
#include "kernels/arm/block_matmul.h"
#include "kernels/neon_dotprod/add_blocks.h"
#include "kernels/neon_dotprod/table.h"

namespace kinglet::neon_dotprod {
namespace {

using arm::repeat;

struct Isa {
  using Lanes = arm::Lanes<4>;
  static constexpr bool sixteenfold = true;
  template <size_t batch>
  using Tokens = arm::SingleTokens<batch>;
  template <size_t batch>
  using PanelTokens = arm::SingleTokens<batch>;
  using Four = arm::Four<16, 1>;

  /// By 8 columns: two registers of the one quad, then two of the other.
  static constexpr size_t panel_place(size_t r) { return r % 8 / 2 * 4 + r / 8 * 2 + r % 2; }
  static constexpr bool has_add_blocks = true;
  template <bool has_minima>
  [[gnu::always_inline]] static void add_blocks(float* results, const int8_t* blocks, size_t count,
                                                const Four& in) {
    neon_dotprod::add_blocks<has_minima>(results, blocks, count, in);
  }

  template <class Tokens, class Codes, class In, class Start, class Add>
  [[gnu::always_inline]] static void dots(Codes& codes, const In& in, size_t block, Start start,
                                          Add add) {
    constexpr size_t batch = Tokens::batch;
    int8x16_t a[2][batch];
    for (size_t b = 0; b < batch; ++b) {
      a[0][b] = in.load(b, block, 0);
      a[1][b] = in.load(b, block, 1);
    }
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      const auto columns = codes.next_quad();
      int32x4_t dots[batch];
      for (size_t b = 0; b < batch; ++b) dots[b] = start(b);
      repeat<8>([&]<size_t w>() __attribute__((always_inline)) {
        add_columns<w % 4>(dots, columns.template get<w>(), a[w / 4]);
      });
      for (size_t b = 0; b < batch; ++b) add(b, quad, dots[b]);
    });
  }

  template <class Tokens, class Codes, class In, class Add>
  [[gnu::always_inline]] static void half_dots(Codes& codes,
                                               const int32x4_t (&scales)[Tokens::groups][2],
                                               const In& in, size_t block, Add add) {
    constexpr size_t batch = Tokens::batch;
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      const auto columns = codes.next_quad();
      int32x4_t dots[batch];
      repeat<2>([&]<size_t half>() __attribute__((always_inline)) {
        int8x16_t a[batch];
        int32x4_t half_dots[batch];
        for (size_t b = 0; b < batch; ++b) {
          a[b] = in.load(b, block, half);
          half_dots[b] = vdupq_n_s32(0);
        }
        repeat<4>([&]<size_t w>() __attribute__((always_inline)) {
          add_columns<w>(half_dots, columns.template get<4 * half + w>(), a);
        });
        for (size_t b = 0; b < batch; ++b) {
          dots[b] = half == 0 ? vmulq_s32(half_dots[b], scales[quad][half])
                              : vmlaq_s32(dots[b], half_dots[b], scales[quad][half]);
        }
      });
      for (size_t b = 0; b < batch; ++b) add(b, quad, dots[b]);
    });
  }

 private:
  /// Adds columns 4 * lane up to 4 * lane + 3 of a half.
  template <size_t lane, size_t batch>
  [[gnu::always_inline]] static void add_columns(int32x4_t (&dots)[batch], int8x16_t weights,
                                                 const int8x16_t (&a)[batch]) {
    for (size_t b = 0; b < batch; ++b) dots[b] = vdotq_laneq_s32(dots[b], weights, a[b], lane);
  }
};

template <Format format>
MatmulKernel unit(const char* name) {
  return arm::BlockMatmul<Isa, format>::kernel(name);
}

}  // namespace

void add_quantized_matmuls(KernelTable& table) {
  using enum Format;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = unit<q4_0>("neon_dotprod/q4_0");
  units[computed::q4_1] = unit<q4_1>("neon_dotprod/q4_1");
  units[computed::q5_0] = unit<q5_0>("neon_dotprod/q5_0");
  units[computed::q5_1] = unit<q5_1>("neon_dotprod/q5_1");
  units[computed::q8_0] = unit<q8_0>("neon_dotprod/q8_0");
  units[computed::q2_k] = unit<q2_k>("neon_dotprod/q2_k");
  units[computed::q3_k] = unit<q3_k>("neon_dotprod/q3_k");
  units[computed::q4_k] = unit<q4_k>("neon_dotprod/q4_k");
  units[computed::q5_k] = unit<q5_k>("neon_dotprod/q5_k");
  units[computed::q6_k] = unit<q6_k>("neon_dotprod/q6_k");
  units[computed::iq1_s] = unit<iq1_s>("neon_dotprod/iq1_s");
  units[computed::iq2_xxs] = unit<iq2_xxs>("neon_dotprod/iq2_xxs");
  units[computed::iq2_xs] = unit<iq2_xs>("neon_dotprod/iq2_xs");
  units[computed::iq2_s] = unit<iq2_s>("neon_dotprod/iq2_s");
  units[computed::iq3_xxs] = unit<iq3_xxs>("neon_dotprod/iq3_xxs");
  units[computed::iq3_s] = unit<iq3_s>("neon_dotprod/iq3_s");
  units[computed::iq4_nl] = unit<iq4_nl>("neon_dotprod/iq4_nl");
  units[computed::iq4_xs] = unit<iq4_xs>("neon_dotprod/iq4_xs");
}

}  // namespace kinglet::neon_dotprod
