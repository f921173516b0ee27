// The contract between ops and the kernels of one instruction set.
//
// A table holds everything that is computed differently from ISA to ISA. Each ISA's table starts as
// a copy of its parent's (isas.json has the tree) and overrides what it does better. Kernels
// allocate nothing, print nothing, start no thread, throw nothing, and assert their preconditions.
//
// The same numbers in any batch: a kernel's result for one (weight row, activation row), or for one
// query, depends on nothing but these. Within one ISA there is one order of reduction, whatever the
// batch, the tile or the range of rows that a call covers:
//   - matmul of a block format: the dot product of each block of 32 is exact in integers; the
//     products with the scales are added in float in the order of the blocks, over a number of
//     lanes that is a constant of the (format, ISA). Integer scales are part of the integer dot
//     product, and integer minima of the sum that they multiply: 32 * 32 * 127 * 128, which is the
//     most (q6_k), is below 2^24, so that these are exact in float too.
//   - matmul of a float format: in column order, over a constant number of lanes.
//   - attention: in the order of absolute KV positions; blocks that share a maximum do so by them.
// Between ISAs integers agree exactly and floats within the bounds that native/test states.
#pragma once

#include <cstddef>
#include <cstdint>

#include "quant/formats.h"

namespace kinglet {

/// Tokens of one KV block; part of the addon's surface (model.info.kvBlockTokens).
inline constexpr size_t kv_block_tokens = 16;

/// Activations of one matmul input, one row a token.
///
/// `f32`: cols floats.
/// `q8`: the arrays of Q8Row, one after the other. A block of 32 is scale * value; value =
/// round-half-even(x * (127 / amax)), scale = amax / 127, so that -128 never occurs. A block that
/// holds a NaN or an infinity has values 0 and scale NaN, and so shows in the logits. A block of
/// zeros has scale 0, and so has one whose amax is so small (below 3.8e-37) that 127 / amax
/// overflows: its values are 0.
enum class Activation : uint8_t { f32, q8 };

inline constexpr size_t q8_block = 32;

/// Activation rows that some units read interleaved: see MatmulKernel::interleave.
inline constexpr size_t q8_four = 4;

// Functions here have internal linkage: this header is compiled under every ISA's flags, and a copy
// made for one ISA must never be the one that the linker keeps for all.

/// Bytes of an activation row, a multiple of 64 so that rows in a 64-byte aligned buffer stay so.
static inline constexpr size_t activation_row_bytes(Activation format, size_t cols) {
  const size_t bytes =
      format == Activation::f32 ? cols * sizeof(float) : cols + cols / q8_block * 5 * sizeof(float);
  return (bytes + 63) / 64 * 64;
}

/// The parts of a q8 activation row. Beside scaled values it has sums of them: with these a kernel
/// makes up for weight codes that are above the weights, sum(w v) = sum((w + n) v) - n sum(v).
struct Q8Row {
  const int8_t* values;      // [cols]
  const float* scales;       // [cols / 32]
  const int32_t* sums;       // [cols / 32] of a block's values
  const int32_t* starts;     // [cols / 32] -128 times that
  const int16_t* pair_sums;  // [cols / 16][2] of 16 values: those at 4i and 4i + 1, and the others
};
static inline Q8Row q8_row(const std::byte* row, size_t cols) {
  const size_t blocks = cols / q8_block;
  const auto* scales = reinterpret_cast<const float*>(row + cols);
  const auto* sums = reinterpret_cast<const int32_t*>(scales + blocks);
  const int32_t* starts = sums + blocks;
  return {reinterpret_cast<const int8_t*>(row), scales, sums, starts,
          reinterpret_cast<const int16_t*>(starts + blocks)};
}

/// The same to write to.
struct Q8Output {
  int8_t* values;
  float* scales;
  int32_t* sums;
  int32_t* starts;
  int16_t* pair_sums;

  /// Writes the sums of a block, given its four pair sums.
  void set_sums(size_t block, const int16_t (&pairs)[4]) const {
    sums[block] = pairs[0] + pairs[1] + pairs[2] + pairs[3];
    starts[block] = -128 * sums[block];
    for (size_t i = 0; i < 4; ++i) pair_sums[4 * block + i] = pairs[i];
  }
};
static inline Q8Output q8_output(std::byte* row, size_t cols) {
  const Q8Row parts = q8_row(row, cols);
  return {const_cast<int8_t*>(parts.values), const_cast<float*>(parts.scales),
          const_cast<int32_t*>(parts.sums), const_cast<int32_t*>(parts.starts),
          const_cast<int16_t*>(parts.pair_sums)};
}

/// out[b * out_stride + r] = dot(weights row r, activations row b) for r in [row_begin, row_end)
/// and b in [0, batch).
struct MatmulTask {
  float* out;  // [batch][out_stride], stride in floats
  size_t out_stride;
  // The whole matrix as pack() laid it out, 64-byte aligned. Huge pages (MADV_HUGEPAGE on 2 MiB
  // boundaries, before the first write) let a gemv read it 1.4 times as fast as 4 KiB pages.
  const std::byte* packed;
  // [batch] rows of `activation_stride` bytes, 64-byte aligned; of more than q8_four rows, each
  // four as MatmulKernel::interleave leaves them.
  const std::byte* activations;
  size_t activation_stride;
  size_t batch;
  size_t row_begin;  // a multiple of the kernel's row_tile
  size_t row_end;    // a multiple of row_tile, or `rows`
  size_t rows;       // of the whole matrix
  size_t cols;       // a multiple of the format's block_values
};

/// A unit: everything about one weight format on one ISA. The packed layout belongs to the ISA, so
/// a unit is overridden whole.
struct MatmulKernel {
  const char* name;  // "avx2/q4_1": which code ran, for model.info, logs and tests
  Activation activation;
  size_t row_tile;

  /// Bytes of a packed matrix (rows rounded up to row_tile).
  size_t (*packed_bytes)(size_t rows, size_t cols);

  /// Packs rows [row_begin, row_end) of a matrix of `rows` x `cols` out of `in`, which holds just
  /// these rows in the format's file layout (row_bytes() each, no alignment). row_begin is a
  /// multiple of row_tile, row_end too or `rows`. What pads the last tile is written as zeros.
  void (*pack)(std::byte* packed, const std::byte* in, size_t row_begin, size_t row_end,
               size_t rows, size_t cols);

  /// Writes the `cols` floats that a packed row means (embedding lookup).
  void (*unpack_row)(float* out, const std::byte* packed, size_t row, size_t rows, size_t cols);

  /// Writes a q8 row as row `place` of a four: q8_four rows in the bytes of as many, interleaved as
  /// gemm reads a batch of more rows than a four has. All places of a batch's last four are
  /// written. Null where gemm reads rows as they are; the same for all q8 units of a table, which
  /// may share an input.
  void (*interleave)(std::byte* four, const std::byte* row, size_t place, size_t cols) = nullptr;

  /// `gemv` has batch 1, `gemm` any batch of at least 1. Both give the same bits for a row.
  void (*gemv)(const MatmulTask& task);
  void (*gemm)(const MatmulTask& task);
};

/// How keys and values are kept.
///
/// `q8` has a scale for each token and head, of keys and of values: scale = amax / 127 over the
/// head, code = round-half-even(x * (127 / amax)). Where the head holds a NaN or an infinity the
/// scale is NaN and the codes are 0; one of zeros, or so small that 127 / amax overflows, has scale
/// 0 and codes 0.
enum class KvFormat : uint8_t { f16, f32, q8 };

/// One KV head's part of a block: K as [head_dim][16 tokens] and V as [16 tokens][head_dim], in a
/// KvFormat; kv_block.h has the layout of such a half.
struct KvBlock {
  const std::byte* keys;
  const std::byte* values;
};

/// Attention of several queries of one sequence and one KV head over blocks
/// [block_begin, block_end) of that sequence; the partial result of one split of the context.
///
/// Token t of block b has the absolute position 16 * b + t. Query i sees the positions below
/// `lengths[i]`; blocks at or after that are skipped for it, and masked lanes add exact zeros. For
/// query i, with s_j = q_i . k_j (queries come scaled):
///   maxima[i] = max_j s_j,  sums[i] = sum_j exp(s_j - max),  out[i] = sum_j exp(s_j - max) v_j
/// A query that sees nothing in the range gets maxima = -infinity, sums = 0, out = 0.
struct AttentionTask {
  float* out;               // [queries][head_dim]
  float* maxima;            // [queries]
  float* sums;              // [queries]
  const float* q;           // query i at q + q_offsets[i]
  const size_t* q_offsets;  // in floats
  const uint32_t* lengths;
  size_t queries;
  size_t head_dim;        // a multiple of 16
  const KvBlock* blocks;  // [known_end] by number in the sequence
  size_t block_begin;
  size_t block_end;
  // At least block_end: the pointers up to here are known, and what lies behind those from
  // block_end on is read next. Kernels ask memory for it early.
  size_t known_end;
};

/// How RoPE pairs the elements of a head: (i, i + head_dim / 2), or (2i, 2i + 1).
enum class RopePairing : uint8_t { half, interleaved };

struct Extremes {
  float smallest, largest;
};

struct KernelTable {
  const char* isa;  // a name of isas.json

  /// By computed format: units[computed::q4_1]. One without a name is missing.
  MatmulKernel units[computed_format_count];

  /// Rounds a row of floats to the q8 activation layout. cols is a multiple of 32.
  void (*quantize_q8)(std::byte* out, const float* in, size_t cols);

  void (*attend_f16)(const AttentionTask& task);
  void (*attend_f32)(const AttentionTask& task);
  void (*attend_q8)(const AttentionTask& task);

  /// out = in * rsqrt(mean(in^2) + epsilon) * weight; a null weight means ones. out may be in.
  void (*rms_norm)(float* out, const float* in, const float* weight, size_t n, float epsilon);

  /// Rotates one head of `head_dim` floats in place by the angles whose cosines and sines are
  /// given, [head_dim / 2] each.
  void (*rope)(float* head, const float* cosines, const float* sines, size_t head_dim,
               RopePairing pairing);

  /// out = silu(gate) * up. out may be gate or up.
  void (*silu_mul)(float* out, const float* gate, const float* up, size_t n);

  /// out += in.
  void (*add)(float* out, const float* in, size_t n);

  /// Rounds to IEEE half, ties to even; beyond its range to infinity.
  void (*to_f16)(uint16_t* out, const float* in, size_t n);

  /// Rounds a head to the codes of KvFormat::q8, and returns its scale.
  float (*to_kv_q8)(int8_t* out, const float* in, size_t n);

  /// The smallest and the largest element; both are NaN where any is NaN.
  Extremes (*extremes)(const float* in, size_t n);

  /// sum(exp(x - max)), for log-softmax.
  float (*sum_exp)(const float* in, size_t n, float max);

  /// weights = exp((in - largest) * inverse_temperature), no element above `largest`; returns their
  /// sum. weights may be in. The same bits on every ISA, since a draw is decided by them: exp is
  /// weight_exp() in scalar/sampling.cpp, the sum is taken in 16 lanes, which are then added
  /// pairwise: lane i and lane i + 8, then i + 4, i + 2 and i + 1.
  float (*weigh)(float* weights, const float* in, size_t n, float largest,
                 float inverse_temperature);

  /// out = weights, but 0 where the value is below `bound`; returns the sum, taken as weigh() takes
  /// it. out may be weights, and these may be values.
  float (*keep_from)(float* out, const float* weights, const float* values, size_t n, float bound);
};

/// The unit that computes in a format, or null where the table has none.
const MatmulKernel* find_unit(const KernelTable& table, Format format);

}  // namespace kinglet
