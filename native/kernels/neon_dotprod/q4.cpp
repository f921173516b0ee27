// Q4_0 and Q4_1 with SDOT. A file's block is d (half), for Q4_1 also m (half), then 16 bytes: byte
// i holds the 4-bit weight i below and i + 16 above.
//
// Packed bytes keep these pairs, so the low nibbles of a vector meet lane `four` of the first 16
// activations and its high ones the same lane of the second 16.
#include "kernels/neon_dotprod/dot_tile.h"
#include "kernels/neon_dotprod/table.h"
#include "quant/block32.h"

namespace kinglet::neon_dotprod {
namespace {

/// The nibbles of a block, of which `Nibble` takes either from a vector of bytes.
template <class Nibble>
struct Nibbles {
  uint8_t bytes[q8_block / 8][tile_rows][4];  // columns in fours of the first half, row by row

  void pack_nibbles(size_t row, const std::byte* in) {
    for (size_t i = 0; i < q8_block / 2; ++i) {
      bytes[i / 4][row][i % 4] = static_cast<uint8_t>(in[i]) ^ Nibble::flip;
    }
  }

  int nibble(size_t row, size_t i) const {
    const int byte = bytes[i % 16 / 4][row][i % 4] ^ Nibble::flip;
    return i < 16 ? byte & 15 : byte >> 4;
  }

  template <int four, size_t batch>
  void add_fours(Dots<batch>& dots, const int8x16_t (&a)[2][batch]) const {
    const uint8x16_t first_rows = vld1q_u8(bytes[four][0]);
    const uint8x16_t last_rows = vld1q_u8(bytes[four][4]);
    add_columns<four>(dots[0], Nibble::low(first_rows), a[0]);
    add_columns<four>(dots[1], Nibble::low(last_rows), a[0]);
    add_columns<four>(dots[0], Nibble::high(first_rows), a[1]);
    add_columns<four>(dots[1], Nibble::high(last_rows), a[1]);
  }

  template <size_t batch>
  void multiply_block(Dots<batch>& dots, const Inputs<batch>& in, size_t index) const {
    clear(dots[0]);
    clear(dots[1]);
    int8x16_t a[2][batch];
    load_block(a, in, index);
    add_fours<0>(dots, a);
    add_fours<1>(dots, a);
    add_fours<2>(dots, a);
    add_fours<3>(dots, a);
  }
};

/// A nibble n means n - 8: with its highest bit flipped that is a two's complement number. In the
/// upper half of a byte it is 16 times itself, at one instruction for either nibble and without a
/// correction by the activations' sum.
struct SignedNibble {
  static constexpr uint8_t flip = 0x88;

  static int8x16_t low(uint8x16_t bytes) { return vreinterpretq_s8_u8(vshlq_n_u8(bytes, 4)); }
  static int8x16_t high(uint8x16_t bytes) {
    return vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(0xf0)));
  }
};

struct UnsignedNibble {
  static constexpr uint8_t flip = 0;

  static int8x16_t low(uint8x16_t bytes) {
    return vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(0x0f)));
  }
  static int8x16_t high(uint8x16_t bytes) { return vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4)); }
};

struct Q4_0 : Nibbles<SignedNibble> {
  static constexpr size_t file_bytes = quant::q4_0_bytes;

  void pack(size_t row, const std::byte* in) { pack_nibbles(row, in + sizeof(uint16_t)); }
  int at(size_t row, size_t i) const { return nibble(row, i) - 8; }

  /// The conversion to float takes the 16 off again, exactly.
  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    Dots<batch> dots;
    multiply_block(dots, in, index);
    for (size_t b = 0; b < batch; ++b) {
      add(b, 0, vcvtq_n_f32_s32(dots[0][b], 4));
      add(b, 1, vcvtq_n_f32_s32(dots[1][b], 4));
    }
  }
};

struct Q4_1 : Nibbles<UnsignedNibble> {
  static constexpr size_t file_bytes = quant::q4_1_bytes;

  void pack(size_t row, const std::byte* in) { pack_nibbles(row, in + 2 * sizeof(uint16_t)); }
  int at(size_t row, size_t i) const { return nibble(row, i); }

  template <size_t batch, class Add>
  void multiply(const Inputs<batch>& in, size_t index, Add add) const {
    Dots<batch> dots;
    multiply_block(dots, in, index);
    for (size_t b = 0; b < batch; ++b) {
      add(b, 0, dots[0][b]);
      add(b, 1, dots[1][b]);
    }
  }
};

}  // namespace

MatmulKernel q4_0_kernel() { return block_kernel<Scaled<Q4_0>>("neon_dotprod/q4_0"); }
MatmulKernel q4_1_kernel() { return block_kernel<Affine<Q4_1>>("neon_dotprod/q4_1"); }

}  // namespace kinglet::neon_dotprod
