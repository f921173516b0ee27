// Registers of 16 codes of a part: what a code means as a signed byte, but for CodeTile::lowered.
// In an anonymous namespace for the reason that code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/code_tile.h"
#include "kernels/arm/repeat.h"

namespace kinglet::arm {
namespace {

/// out = what is at `in`, which moves on behind it; four registers at a time: LD1 of four is one
/// instruction, where compilers have up to four. They are v24 on, since LD1 wants them in a row.
/// That memory is read is not said: nobody writes weights while they are multiplied, and an operand
/// for it would take a register and a move.
template <size_t registers>
[[gnu::always_inline]] inline void load_fours(uint8x16_t (&out)[registers], const uint8_t*& in) {
  static_assert(registers == 4 || registers == 8);
  register uint8x16_t a __asm__("v24");
  register uint8x16_t b __asm__("v25");
  register uint8x16_t c __asm__("v26");
  register uint8x16_t d __asm__("v27");
  if constexpr (registers == 4) {
    __asm__("ld1 {v24.16b-v27.16b}, [%[in]], #64"
            : "=w"(a), "=w"(b), "=w"(c), "=w"(d), [in] "+r"(in));
  } else {
    register uint8x16_t e __asm__("v28");
    register uint8x16_t f __asm__("v29");
    register uint8x16_t g __asm__("v30");
    register uint8x16_t h __asm__("v31");
    __asm__(
        "ld1 {v24.16b-v27.16b}, [%[in]], #64\n"
        "ld1 {v28.16b-v31.16b}, [%[in]], #64"
        : "=w"(a), "=w"(b), "=w"(c), "=w"(d), "=w"(e), "=w"(f), "=w"(g), "=w"(h), [in] "+&r"(in));
    out[4] = e, out[5] = f, out[6] = g, out[7] = h;
  }
  out[0] = a, out[1] = b, out[2] = c, out[3] = d;
}

/// Each byte all ones where its bit `bit` is set, which is the sign of a code.
template <unsigned bit>
[[gnu::always_inline]] inline uint8x16_t sign_of(uint8x16_t bits) {
  return vtstq_u8(bits, vdupq_n_u8(1u << bit));
}

template <unsigned by>
[[gnu::always_inline]] inline uint8x16_t shifted_right(uint8x16_t x) {
  if constexpr (by == 0) return x;
  if constexpr (by != 0) return vshrq_n_u8(x, by);
}

/// The codes of four rows of a part, 8 registers, out of its planes. `sixteenfold`: codes of 4 bits
/// with an offset are 16 times what they mean, in the upper half of a byte, where their sign is
/// right without more ado.
template <class Tile, bool sixteenfold>
class QuadPlanes {
 public:
  static constexpr int shift = sixteenfold && Tile::layout.bits == 4 && Tile::layout.offset != 0
                                   ? 4
                                   : 0;  // what a code means is 2^-shift of this

  /// Moves on behind what it takes of either plane.
  [[gnu::always_inline]] QuadPlanes(const uint8_t*& low, const uint8_t*& high) {
    if constexpr (low_registers >= 4) {
      load_fours(low_, low);
    } else {
      repeat<low_registers>(
          [&]<size_t i>() __attribute__((always_inline)) { low_[i] = vld1q_u8(low + 16 * i); });
      low += 16 * low_registers;
    }
    repeat<high_registers>(
        [&]<size_t i>() __attribute__((always_inline)) { high_[i] = vld1q_u8(high + 16 * i); });
    high += 16 * high_registers;
  }

  /// Register i below 8.
  template <size_t i>
  [[gnu::always_inline]] int8x16_t get() const {
    constexpr unsigned at = Tile::low.shift(i);
    const uint8x16_t low = low_[Tile::low.bits * i / 8];
    if constexpr (Tile::layout.bits == 8) {
      return vreinterpretq_s8_u8(low);
    } else if constexpr (Tile::layout.bits == 4) {
      return nibbles<at>(low);
    } else if constexpr (Tile::layout.bits == 2) {
      const uint8x16_t code = shifted_right<at>(low);
      return vreinterpretq_s8_u8(at == 6 ? code : vandq_u8(code, vdupq_n_u8(3)));
    } else {
      return above_low<at>(high_bits<i>(high_[Tile::high.bits * i / 8]), low);
    }
  }

 private:
  static constexpr size_t low_registers = Tile::low.bits, high_registers = Tile::high.bits;

  template <unsigned at>
  [[gnu::always_inline]] static int8x16_t nibbles(uint8x16_t both) {
    if constexpr (shift == 4) {
      return vreinterpretq_s8_u8(at == 0 ? vshlq_n_u8(both, 4) : vandq_u8(both, vdupq_n_u8(0xf0)));
    } else if constexpr (Tile::layout.offset != 0) {
      return vshrq_n_s8(vreinterpretq_s8_u8(at == 0 ? vshlq_n_u8(both, 4) : both), 4);
    } else {
      const uint8x16_t code = at == 0 ? vandq_u8(both, vdupq_n_u8(0x0f)) : vshrq_n_u8(both, 4);
      if constexpr (!Tile::layout.has_values) return vreinterpretq_s8_u8(code);
      return vqtbl1q_s8(values(), code);
    }
  }

  static int8x16_t values() {
    static constexpr quant::CodeLayout layout = Tile::layout;
    return vld1q_s8(layout.values);
  }

  /// The high bits of register i in place, with their sign before them.
  template <size_t i>
  [[gnu::always_inline]] static uint8x16_t high_bits(uint8x16_t high) {
    constexpr unsigned at = Tile::high.shift(i);
    if constexpr (Tile::high.bits == 1) {
      return sign_of<at>(high);
    } else {
      static_assert(Tile::high.bits == 2);
      uint8x16_t top = high;
      if constexpr (at < 6) top = vshlq_n_u8(high, 6 - at);
      return vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8(top), 6 - Tile::high.from));
    }
  }

  /// The low bits, which begin at bit `at` of a byte, under high ones that are in place.
  template <unsigned at>
  [[gnu::always_inline]] static int8x16_t above_low(uint8x16_t high, uint8x16_t low) {
    constexpr unsigned bits = Tile::low.bits;
    if constexpr (at + bits == 8) {
      return vreinterpretq_s8_u8(vsriq_n_u8(high, low, at));
    } else {
      const uint8x16_t mask = vdupq_n_u8((1u << bits) - 1);
      return vreinterpretq_s8_u8(vbslq_u8(mask, shifted_right<at>(low), high));
    }
  }

  uint8x16_t low_[low_registers];
  uint8x16_t high_[high_registers == 0 ? 1 : high_registers];
};

/// The codes of a part, where it is packed: the first four rows, then the others.
template <class Tile, bool sixteenfold>
class PackedCodes {
 public:
  using Quad = QuadPlanes<Tile, sixteenfold>;
  static constexpr int shift = Quad::shift;
  static constexpr int lowered = Tile::lowered;

  explicit PackedCodes(const std::byte* part)
      : low_(Tile::codes_of(part)), high_(low_ + Tile::high.at) {}

  [[gnu::always_inline]] Quad next_quad() { return Quad(low_, high_); }
  /// The end of the part, after both quads.
  const std::byte* end() const {
    return reinterpret_cast<const std::byte*>(Tile::high.bits == 0 ? low_ : high_);
  }

 private:
  const uint8_t* low_;
  const uint8_t* high_;
};

}  // namespace
}  // namespace kinglet::arm
