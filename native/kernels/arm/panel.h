// A chunk of a tile made ready for many activation rows: codes as bytes, scales as floats.
//
// Four activation rows pass by it at a time, by code of C++ (accumulate() in block_matmul.h) or,
// where the instruction set has one, by a kernel in assembly: `Isa::add_blocks`. That takes the dot
// products to floats without a conversion: sums start at the integer whose bits are the float
// 1.5 * 2^23, so that the bits of a sum are those of 1.5 * 2^23 + dot, and
//   scale * (1.5 * 2^23 + dot) - 1.5 * 2^23 * scale
// is one fused multiply-add, which rounds once, like scale * dot. |dot| is below 2^22, and the
// subtrahend exact, as scales have at most 19 bits; it is read from the panel into the register
// that gets the result; so is the start of the sums. Loads have pipes of their own: of 4
// instructions a register of results that are neither products nor loads, 2 remain. In an anonymous
// namespace for the reason that code_tile.h gives.
#pragma once

#include "kernels/arm/block_scales.h"
#include "kernels/arm/repeat.h"
#include "kernels/arm/rows_per_pass.h"
#include "kernels/arm/tokens.h"
#include "kernels/arm/unpack.h"

namespace kinglet::arm {
namespace {

constexpr float dot_start = 0x1.8p23f;
constexpr int32_t dot_start_bits = 0x4b400000;
alignas(64) constexpr int32_t dot_starts[16] = {
    dot_start_bits, dot_start_bits, dot_start_bits, dot_start_bits, dot_start_bits, dot_start_bits,
    dot_start_bits, dot_start_bits, dot_start_bits, dot_start_bits, dot_start_bits, dot_start_bits,
    dot_start_bits, dot_start_bits, dot_start_bits, dot_start_bits};

/// `Isa` has
///   PanelTokens<batch>  the lanes of results
///   panel_place(r)      where in a block register r of the codes is
///   has_add_blocks      and, where that is true,
///   add_blocks<has_minima>(results, blocks, count, in)
template <class Isa, class Tile>
class Panel {
 public:
  using Tokens = typename Isa::template PanelTokens<tile_batch>;
  using Scales = BlockScales<Tile, Tokens>;
  using Packed = PackedCodes<Tile, Isa::sixteenfold>;

  /// Whether Isa::add_blocks adds these blocks.
  static constexpr bool for_assembly = Isa::has_add_blocks && !Scales::by_halves;

  // 18 KB without assembly, as on a Cortex-A72 with its 32 KB of first-level cache; 22 KB with it,
  // where that has 64 KB.
  static constexpr size_t capacity = 64;
  static_assert(capacity % Tile::parts == 0);

  /// For assembly: 4 registers of -dot_start * scale, these of the groups of results again and
  /// again, then the groups' scales and minima. Else as BlockScales::store has it.
  struct Block {
    int8_t codes[16][16];
    float scales[4 * ((for_assembly ? 4 : 0) + Scales::vectors)];
  };

  /// The codes of a block, for the code in C++.
  struct Codes {
    static constexpr int shift = Packed::shift;
    static constexpr int lowered = Tile::lowered;

    struct Quad {
      const int8_t (*codes)[16];
      size_t quad;

      template <size_t i>
      [[gnu::always_inline]] int8x16_t get() const {
        return vld1q_s8(codes[Isa::panel_place(8 * quad + i)]);
      }
    };

    const Block& block;
    size_t quad = 0;

    [[gnu::always_inline]] Quad next_quad() { return {block.codes, quad++}; }
  };

  const Block* blocks() const { return blocks_; }

  /// Makes `count` blocks ready, which begin with a unit.
  void fill(const std::byte* unit, size_t count) {
    for (size_t i = 0; i < count; unit += Tile::unit_bytes) {
      const UnitScales<Tile> halves(unit);
      for (size_t p = 0; p < Tile::parts; ++p, ++i) {
        const std::byte* part = Tile::part(unit, p);
        Packed codes(part);
        fill_codes<0>(blocks_[i], codes);
        fill_codes<1>(blocks_[i], codes);
        fill_scales(blocks_[i], Scales(halves, part));
      }
    }
  }

 private:
  template <size_t quad>
  static void fill_codes(Block& block, Packed& packed) {
    const auto codes = packed.next_quad();
    repeat<8>([&]<size_t i>() __attribute__((always_inline)) {
      constexpr size_t place = quad_place(quad, i);
      int8x16_t code = codes.template get<register_at(place) % 8>();
      if constexpr (for_assembly && Tile::lowered != 0) {
        code = vaddq_s8(code, vdupq_n_s8(Tile::lowered));
      }
      vst1q_s8(block.codes[place], code);
    });
  }

  static constexpr size_t register_at(size_t place) {
    size_t r = 0;
    while (Isa::panel_place(r) != place) ++r;
    return r;
  }

  /// The i-th place of those that have a quad's registers: in this order, stores come in pairs.
  static constexpr size_t quad_place(size_t quad, size_t i) {
    size_t place = 0;
    for (; register_at(place) / 8 != quad || i-- > 0; ++place) {
    }
    return place;
  }

  static void fill_scales(Block& block, Scales scales) {
    if constexpr (!for_assembly) {
      scales.store(block.scales);
    } else {
      constexpr size_t groups = Tokens::groups;
      float* out = block.scales;
      for (size_t g = 0; g < groups; ++g) {
        scales.scale[g] = vmulq_n_f32(scales.scale[g], 1.0f / (1 << Packed::shift));
      }
      for (size_t i = 0; i < 4; ++i, out += 4) {
        vst1q_f32(out, vmulq_n_f32(scales.scale[i % groups], -dot_start));
      }
      for (size_t g = 0; g < groups; ++g, out += 4) vst1q_f32(out, scales.scale[g]);
      if constexpr (Scales::has_minima) {
        for (size_t g = 0; g < groups; ++g, out += 4) vst1q_f32(out, scales.minimum[g]);
      }
    }
  }

  alignas(64) Block blocks_[capacity];
};

}  // namespace
}  // namespace kinglet::arm
