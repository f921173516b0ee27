// Products of 8-bit weights and activations with SMMLA.
//
// A register of weights holds 2 rows times 8 columns. With the same of 2 activation rows, SMMLA
// gives all 4 dot products of 8 columns. One activation row alone has SDOT, whose two sums of a row
// are added at the end of a block.
#include "kernels/arm/block_matmul.h"
#include "kernels/neon_i8mm/add_blocks.h"
#include "kernels/neon_i8mm/table.h"

namespace kinglet::neon_i8mm {
namespace {

using arm::Inputs;
using arm::repeat;

template <size_t batch>
struct DirectTokens : arm::PairedTokens<batch> {};
template <>
struct DirectTokens<1> : arm::SingleTokens<1> {};

struct Isa {
  using Lanes = arm::Lanes<2>;
  static constexpr bool sixteenfold = true;
  template <size_t batch>
  using Tokens = DirectTokens<batch>;
  template <size_t batch>
  using PanelTokens = arm::PairedTokens<batch>;
  using Four = arm::Four<8, 2>;

  /// The pairs of rows of each 8 columns side by side.
  static constexpr size_t panel_place(size_t r) { return r % 4 * 4 + r / 4; }
  static constexpr bool has_add_blocks = true;
  template <bool has_minima>
  [[gnu::always_inline]] static void add_blocks(float* results, const int8_t* blocks, size_t count,
                                                const Four& in) {
    neon_i8mm::add_blocks<has_minima>(results, blocks, count, in);
  }

  template <class Tokens, class Codes, class In, class Start, class Add>
  [[gnu::always_inline]] static void dots(Codes& codes, const In& in, size_t block, Start start,
                                          Add add) {
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      const auto columns = codes.next_quad();
      if constexpr (Tokens::groups == 2) {
        int32x4_t dots[2] = {};
        add_single<0>(dots, columns, in, block);
        add_single<1>(dots, columns, in, block);
        add(0, quad, vaddq_s32(vpaddq_s32(dots[0], dots[1]), start(0)));
      } else {
        int32x4_t dots[Tokens::count][2];
        for (size_t t = 0; t < Tokens::count; ++t) dots[t][0] = dots[t][1] = start(t);
        add_pairs<Tokens, 0>(dots, columns, in, block);
        add_pairs<Tokens, 1>(dots, columns, in, block);
        for (size_t t = 0; t < Tokens::count; ++t) {
          add(t, 2 * quad, dots[t][0]);
          add(t, 2 * quad + 1, dots[t][1]);
        }
      }
    });
  }

  template <class Tokens, class Codes, class In, class Add>
  [[gnu::always_inline]] static void half_dots(Codes& codes,
                                               const int32x4_t (&scales)[Tokens::groups][2],
                                               const In& in, size_t block, Add add) {
    constexpr size_t groups = Tokens::groups / 2;  // of a quad
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      const auto columns = codes.next_quad();
      int32x4_t sums[Tokens::count][groups];
      repeat<2>([&]<size_t half>() __attribute__((always_inline)) {
        int32x4_t dots[Tokens::count][2] = {};
        if constexpr (groups == 1) {
          add_single<half>(dots[0], columns, in, block);
          dots[0][0] = vpaddq_s32(dots[0][0], dots[0][1]);
        } else {
          add_pairs<Tokens, half>(dots, columns, in, block);
        }
        for (size_t t = 0; t < Tokens::count; ++t) {
          for (size_t g = 0; g < groups; ++g) {
            const int32x4_t scale = scales[groups * quad + g][half];
            sums[t][g] =
                half == 0 ? vmulq_s32(dots[t][g], scale) : vmlaq_s32(sums[t][g], dots[t][g], scale);
          }
        }
      });
      for (size_t t = 0; t < Tokens::count; ++t) {
        for (size_t g = 0; g < groups; ++g) add(t, groups * quad + g, sums[t][g]);
      }
    });
  }

 private:
  /// Adds a half of the block to two pairs of rows: of each row, the sums of columns 0 to 3 and 4
  /// to 7 of each 8.
  template <size_t half, class Columns>
  [[gnu::always_inline]] static void add_single(int32x4_t (&dots)[2], const Columns& columns,
                                                const Inputs<1>& in, size_t block) {
    const int64x2_t a = vreinterpretq_s64_s8(in.load(0, block, half));
    repeat<2>([&]<size_t w>() __attribute__((always_inline)) {
      const int8x16_t twice = vreinterpretq_s8_s64(vdupq_laneq_s64(a, w));
      repeat<2>([&]<size_t pair>() __attribute__((always_inline)) {
        dots[pair] = vdotq_s32(dots[pair], columns.template get<4 * pair + 2 * half + w>(), twice);
      });
    });
  }

  /// The same for all pairs of activation rows: of 2 rows, the sums of all columns.
  template <class Tokens, size_t half, class Columns, class In>
  [[gnu::always_inline]] static void add_pairs(int32x4_t (&dots)[Tokens::count][2],
                                               const Columns& columns, const In& in, size_t block) {
    int8x16_t a[Tokens::count][2];
    for (size_t t = 0; t < Tokens::count; ++t) load_pair<Tokens, half>(a[t], in, t, block);
    repeat<2>([&]<size_t w>() __attribute__((always_inline)) {
      repeat<2>([&]<size_t pair>() __attribute__((always_inline)) {
        const int8x16_t weights = columns.template get<4 * pair + 2 * half + w>();
        for (size_t t = 0; t < Tokens::count; ++t) {
          dots[t][pair] = vmmlaq_s32(dots[t][pair], weights, a[t][w]);
        }
      });
    });
  }

  /// A half of two activation rows, 8 columns of both a register.
  template <class Tokens, size_t half>
  [[gnu::always_inline]] static void load_pair(int8x16_t (&a)[2], const Inputs<Tokens::batch>& in,
                                               size_t t, size_t block) {
    const int64x2_t first = vreinterpretq_s64_s8(in.load(Tokens::first(t), block, half));
    const int64x2_t second = vreinterpretq_s64_s8(in.load(Tokens::second(t), block, half));
    a[0] = vreinterpretq_s8_s64(vzip1q_s64(first, second));
    a[1] = vreinterpretq_s8_s64(vzip2q_s64(first, second));
  }
  template <class Tokens, size_t half>
  [[gnu::always_inline]] static void load_pair(int8x16_t (&a)[2], const Four& in, size_t t,
                                               size_t block) {
    a[0] = in.load(Tokens::first(t), block, 2 * half);
    a[1] = in.load(Tokens::first(t), block, 2 * half + 1);
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
  units[computed::q4_0] = unit<q4_0>("neon_i8mm/q4_0");
  units[computed::q4_1] = unit<q4_1>("neon_i8mm/q4_1");
  units[computed::q5_0] = unit<q5_0>("neon_i8mm/q5_0");
  units[computed::q5_1] = unit<q5_1>("neon_i8mm/q5_1");
  units[computed::q8_0] = unit<q8_0>("neon_i8mm/q8_0");
  units[computed::q2_k] = unit<q2_k>("neon_i8mm/q2_k");
  units[computed::q3_k] = unit<q3_k>("neon_i8mm/q3_k");
  units[computed::q4_k] = unit<q4_k>("neon_i8mm/q4_k");
  units[computed::q5_k] = unit<q5_k>("neon_i8mm/q5_k");
  units[computed::q6_k] = unit<q6_k>("neon_i8mm/q6_k");
  units[computed::iq1_s] = unit<iq1_s>("neon_i8mm/iq1_s");
  units[computed::iq2_xxs] = unit<iq2_xxs>("neon_i8mm/iq2_xxs");
  units[computed::iq2_xs] = unit<iq2_xs>("neon_i8mm/iq2_xs");
  units[computed::iq2_s] = unit<iq2_s>("neon_i8mm/iq2_s");
  units[computed::iq3_xxs] = unit<iq3_xxs>("neon_i8mm/iq3_xxs");
  units[computed::iq3_s] = unit<iq3_s>("neon_i8mm/iq3_s");
  units[computed::iq4_nl] = unit<iq4_nl>("neon_i8mm/iq4_nl");
  units[computed::iq4_xs] = unit<iq4_xs>("neon_i8mm/iq4_xs");
}

}  // namespace kinglet::neon_i8mm
