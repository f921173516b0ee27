// Products of 8-bit weights and activations without the dot product instructions.
//
// Products stay along the row and are summed across lanes only once for four rows, where weights
// interleaved by row would need each pair of activations broadcast first. What counts is the
// multiplier: a Cortex-A72 starts one SMULL or SMLAL (8 products) a cycle, and only on its first
// pipe. With 16 of them for 128 products, the additions, conversions and unpacking fit on the
// second. So sums stay in 16 bits for as long as a format's codes allow.
#include "kernels/arm/block_matmul.h"
#include "kernels/neon/table.h"

namespace kinglet::neon {
namespace {

using arm::repeat;

/// 16 products, two to a lane.
inline int16x8_t multiply(int8x16_t w, int8x16_t a) {
  return vmlal_high_s8(vmull_s8(vget_low_s8(w), vget_low_s8(a)), w, a);
}

inline int16x8_t multiply_add(int16x8_t sum, int8x16_t w, int8x16_t a) {
  return vmlal_high_s8(vmlal_s8(sum, vget_low_s8(w), vget_low_s8(a)), w, a);
}

template <size_t largest_code>
struct Isa {
  using Lanes = arm::Lanes<1>;
  static constexpr bool sixteenfold = false;
  template <size_t batch>
  using Tokens = arm::SingleTokens<batch>;
  template <size_t batch>
  using PanelTokens = arm::SingleTokens<batch>;
  using Four = arm::Four<16, 1>;
  static constexpr size_t panel_place(size_t r) { return r; }
  static constexpr bool has_add_blocks = false;

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
      const auto rows_of_codes = codes.next_quad();
      int32x4_t dots[batch];
      if constexpr (largest_code <= 16) {
        // Sixteen products of at most 16 * 127 stay within 2^15 (32512).
        int16x8_t pairs[batch][2];
        sum_pairs<2>(pairs, a, rows_of_codes);
        for (size_t b = 0; b < batch; ++b) dots[b] = sum_quad(pairs[b]);
      } else {
        // Two of at most 128 * 127 do.
        int32x4_t rows[batch][4];
        repeat<4>([&]<size_t r>() __attribute__((always_inline)) {
          const int8x16_t w0 = rows_of_codes.template get<2 * r>();
          const int8x16_t w1 = rows_of_codes.template get<2 * r + 1>();
          for (size_t b = 0; b < batch; ++b) {
            rows[b][r] = vpadalq_s16(vpaddlq_s16(multiply(w0, a[0][b])), multiply(w1, a[1][b]));
          }
        });
        for (size_t b = 0; b < batch; ++b) {
          dots[b] =
              vpaddq_s32(vpaddq_s32(rows[b][0], rows[b][1]), vpaddq_s32(rows[b][2], rows[b][3]));
        }
      }
      for (size_t b = 0; b < batch; ++b) add(b, quad, vaddq_s32(dots[b], start(b)));
    });
  }

  template <class Tokens, class Codes, class In, class Add>
  [[gnu::always_inline]] static void half_dots(Codes& codes,
                                               const int32x4_t (&scales)[Tokens::groups][2],
                                               const In& in, size_t block, Add add) {
    constexpr size_t batch = Tokens::batch;
    static_assert(largest_code <= 64);  // four products of 64 * 127 stay within 2^15 (32512)
    repeat<2>([&]<size_t quad>() __attribute__((always_inline)) {
      const auto rows_of_codes = codes.next_quad();
      int32x4_t dots[batch];
      repeat<2>([&]<size_t half>() __attribute__((always_inline)) {
        int8x16_t a[1][batch];
        for (size_t b = 0; b < batch; ++b) a[0][b] = in.load(b, block, half);
        int16x8_t pairs[batch][2];
        sum_pairs<1, half>(pairs, a, rows_of_codes);
        for (size_t b = 0; b < batch; ++b) {
          const int32x4_t dot = sum_quad(pairs[b]), scale = scales[quad][half];
          dots[b] = half == 0 ? vmulq_s32(dot, scale) : vmlaq_s32(dots[b], dot, scale);
        }
      });
      for (size_t b = 0; b < batch; ++b) add(b, quad, dots[b]);
    });
  }

 private:
  /// The products of `halves` * 16 columns of 4 rows, summed up in 16 bits: pairs[b][0] has those
  /// of rows 0 and 1 in four lanes each, pairs[b][1] those of rows 2 and 3.
  template <size_t halves, size_t first_half = 0, size_t batch, class Quad>
  [[gnu::always_inline]] static void sum_pairs(int16x8_t (&pairs)[batch][2],
                                               const int8x16_t (&a)[halves][batch],
                                               const Quad& codes) {
    repeat<2>([&]<size_t pair>() __attribute__((always_inline)) {
      int16x8_t sums[batch][2];
      repeat<2>([&]<size_t r>() __attribute__((always_inline)) {
        repeat<halves>([&]<size_t half>() __attribute__((always_inline)) {
          const int8x16_t w = codes.template get<2 * (2 * pair + r) + first_half + half>();
          for (size_t b = 0; b < batch; ++b) {
            sums[b][r] =
                half == 0 ? multiply(w, a[half][b]) : multiply_add(sums[b][r], w, a[half][b]);
          }
        });
      });
      for (size_t b = 0; b < batch; ++b) pairs[b][pair] = vpaddq_s16(sums[b][0], sums[b][1]);
    });
  }

  /// The sums of 4 rows: of eight products in 16 bits, or where those do not fit, of four.
  static int32x4_t sum_quad(const int16x8_t (&pairs)[2]) {
    if constexpr (largest_code > 32) {
      return vpaddq_s32(vpaddlq_s16(pairs[0]), vpaddlq_s16(pairs[1]));
    }
    return vpaddlq_s16(vpaddq_s16(pairs[0], pairs[1]));
  }
};

/// By the largest magnitude that a code has in a register: see CodeTile.
template <Format format>
constexpr size_t largest_code() {
  constexpr const quant::CodeLayout& layout = quant::code_layout<format>;
  if (layout.has_values) return static_cast<size_t>(quant::largest_value(layout));
  const bool is_signed = layout.offset != 0 || layout.bits == 5;
  return is_signed ? size_t{1} << (layout.bits - 1) : (size_t{1} << layout.bits) - 1;
}

template <Format format>
MatmulKernel unit(const char* name) {
  return arm::BlockMatmul<Isa<largest_code<format>()>, format>::kernel(name);
}

}  // namespace

void add_quantized_matmuls(KernelTable& table) {
  using enum Format;
  MatmulKernel* units = table.units;
  units[computed::q4_0] = unit<q4_0>("neon/q4_0");
  units[computed::q4_1] = unit<q4_1>("neon/q4_1");
  units[computed::q5_0] = unit<q5_0>("neon/q5_0");
  units[computed::q5_1] = unit<q5_1>("neon/q5_1");
  units[computed::q8_0] = unit<q8_0>("neon/q8_0");
  units[computed::q2_k] = unit<q2_k>("neon/q2_k");
  units[computed::q3_k] = unit<q3_k>("neon/q3_k");
  units[computed::q4_k] = unit<q4_k>("neon/q4_k");
  units[computed::q5_k] = unit<q5_k>("neon/q5_k");
  units[computed::q6_k] = unit<q6_k>("neon/q6_k");
  units[computed::iq1_s] = unit<iq1_s>("neon/iq1_s");
  units[computed::iq2_xxs] = unit<iq2_xxs>("neon/iq2_xxs");
  units[computed::iq2_xs] = unit<iq2_xs>("neon/iq2_xs");
  units[computed::iq2_s] = unit<iq2_s>("neon/iq2_s");
  units[computed::iq3_xxs] = unit<iq3_xxs>("neon/iq3_xxs");
  units[computed::iq3_s] = unit<iq3_s>("neon/iq3_s");
  units[computed::iq4_nl] = unit<iq4_nl>("neon/iq4_nl");
  units[computed::iq4_xs] = unit<iq4_xs>("neon/iq4_xs");
}

}  // namespace kinglet::neon
