// Blocks of a panel times four activation rows, by SMMLA: see arm/panel.h for how dot products
// become floats, and neon_dotprod/add_blocks.h for why this is assembly: 77 instructions for 1024
// products, of which 32 are SMMLA.
// In an anonymous namespace for the reason that arm/code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/panel.h"

namespace kinglet::neon_i8mm {
namespace {

// clang-format off: a line is an instruction
// v0-v7    dot products, then what they start from again: [pair of tokens][pair of rows]
// v8-v15   activations, [token][half]; then scaled dot products, as v0-v7
// v16-v23  results, as v0-v7
// v24-v27  codes, of pairs of rows; then scales, then minima
// v28-v31  activations of 8 columns, [pair of tokens][8 columns]; then their scales and sums
//
// 8 columns: four pairs of rows times two pairs of tokens.
#define KINGLET_SMMLAS(a0, a1)                                          \
  "ld1 {v24.16b-v27.16b}, [%[codes]], #64\n"                            \
  "smmla v0.4s, v24.16b, v" #a0 ".16b\n"                                \
  "smmla v1.4s, v25.16b, v" #a0 ".16b\n"                                \
  "smmla v2.4s, v26.16b, v" #a0 ".16b\n"                                \
  "smmla v3.4s, v27.16b, v" #a0 ".16b\n"                                \
  "smmla v4.4s, v24.16b, v" #a1 ".16b\n"                                \
  "smmla v5.4s, v25.16b, v" #a1 ".16b\n"                                \
  "smmla v6.4s, v26.16b, v" #a1 ".16b\n"                                \
  "smmla v7.4s, v27.16b, v" #a1 ".16b\n"

// 16 columns, of which each token has a register.
#define KINGLET_HALF(a0, a1, a2, a3)                                    \
  "zip1 v28.2d, v" #a0 ".2d, v" #a1 ".2d\n"                             \
  "zip2 v29.2d, v" #a0 ".2d, v" #a1 ".2d\n"                             \
  "zip1 v30.2d, v" #a2 ".2d, v" #a3 ".2d\n"                             \
  "zip2 v31.2d, v" #a2 ".2d, v" #a3 ".2d\n"                             \
  KINGLET_SMMLAS(28, 30)                                                \
  KINGLET_SMMLAS(29, 31)

// v(to) += v(x) times the register that follows.
#define KINGLET_SCALE(to, x) "fmla v" #to ".4s, v" #x ".4s, "

#define KINGLET_LOAD                                                    \
  "ld1 {v16.4s-v19.4s}, [%[results]], #64\n"                            \
  "ld1 {v20.4s-v23.4s}, [%[results]]\n"
#define KINGLET_STORE                                                   \
  "st1 {v20.4s-v23.4s}, [%[results]]\n"                                 \
  "sub %[results], %[results], #64\n"                                   \
  "st1 {v16.4s-v19.4s}, [%[results]]\n"

#define KINGLET_DOTS                                                    \
  "1:\n"                                                                \
  "ld1 {v0.4s-v3.4s}, [%[starts]]\n"                                    \
  "ld1 {v4.4s-v7.4s}, [%[starts]]\n"                                    \
  "ldp q8, q9, [%[v0]], #32\n"                                          \
  "ldp q10, q11, [%[v1]], #32\n"                                        \
  "ldp q12, q13, [%[v2]], #32\n"                                        \
  "ldp q14, q15, [%[v3]], #32\n"                                        \
  KINGLET_HALF(8, 10, 12, 14)                                           \
  KINGLET_HALF(9, 11, 13, 15)                                           \
  "ld1 {v8.4s-v11.4s}, [%[codes]]\n"                                    \
  "ld1 {v12.4s-v15.4s}, [%[codes]], #64\n"                              \
  "ld1 {v24.4s-v27.4s}, [%[codes]], #64\n"                              \
  KINGLET_SCALE(8, 0)                                                   \
  "v24.4s\n"                                                            \
  KINGLET_SCALE(9, 1)                                                   \
  "v25.4s\n"                                                            \
  KINGLET_SCALE(10, 2)                                                  \
  "v26.4s\n"                                                            \
  KINGLET_SCALE(11, 3)                                                  \
  "v27.4s\n"                                                            \
  KINGLET_SCALE(12, 4)                                                  \
  "v24.4s\n"                                                            \
  KINGLET_SCALE(13, 5)                                                  \
  "v25.4s\n"                                                            \
  KINGLET_SCALE(14, 6)                                                  \
  "v26.4s\n"                                                            \
  KINGLET_SCALE(15, 7)                                                  \
  "v27.4s\n"

// Of a pair of tokens, (s0, s1, s0, s1) in v(to).
#define KINGLET_SUMS(to, s0, s1)                                        \
  "ldr s" #to ", [%[" #s0 "], %[sums]]\n"                               \
  "ldr s30, [%[" #s1 "], %[sums]]\n"                                    \
  "zip1 v" #to ".4s, v" #to ".4s, v30.4s\n"                             \
  "dup v" #to ".2d, v" #to ".d[0]\n"                                    \
  "scvtf v" #to ".4s, v" #to ".4s\n"
#define KINGLET_SCALES(to, s0, s1)                                      \
  "ldr s" #to ", [%[" #s0 "]], #4\n"                                    \
  "ld1 {v" #to ".s}[1], [%[" #s1 "]], #4\n"                             \
  "dup v" #to ".2d, v" #to ".d[0]\n"

#define KINGLET_MINIMA                                                  \
  "ld1 {v24.4s-v27.4s}, [%[codes]], #64\n"                              \
  KINGLET_SUMS(28, s0, s1)                                              \
  KINGLET_SUMS(29, s2, s3)                                              \
  KINGLET_SCALE(8, 24)                                                  \
  "v28.4s\n"                                                            \
  KINGLET_SCALE(9, 25)                                                  \
  "v28.4s\n"                                                            \
  KINGLET_SCALE(10, 26)                                                 \
  "v28.4s\n"                                                            \
  KINGLET_SCALE(11, 27)                                                 \
  "v28.4s\n"                                                            \
  KINGLET_SCALE(12, 24)                                                 \
  "v29.4s\n"                                                            \
  KINGLET_SCALE(13, 25)                                                 \
  "v29.4s\n"                                                            \
  KINGLET_SCALE(14, 26)                                                 \
  "v29.4s\n"                                                            \
  KINGLET_SCALE(15, 27)                                                 \
  "v29.4s\n"

#define KINGLET_RESULTS                                                 \
  KINGLET_SCALES(28, s0, s1)                                            \
  KINGLET_SCALES(29, s2, s3)                                            \
  "subs %[blocks], %[blocks], #1\n"                                     \
  "fmla v16.4s, v8.4s, v28.4s\n"                                        \
  "fmla v17.4s, v9.4s, v28.4s\n"                                        \
  "fmla v18.4s, v10.4s, v28.4s\n"                                       \
  "fmla v19.4s, v11.4s, v28.4s\n"                                       \
  "fmla v20.4s, v12.4s, v29.4s\n"                                       \
  "fmla v21.4s, v13.4s, v29.4s\n"                                       \
  "fmla v22.4s, v14.4s, v29.4s\n"                                       \
  "fmla v23.4s, v15.4s, v29.4s\n"                                       \
  "b.ne 1b\n"
// clang-format on

/// Adds `blocks` blocks, at least one, to the results of four activation rows, which begin with the
/// same block. `results` are 8 registers.
template <bool has_minima>
[[gnu::always_inline]] inline void add_blocks(float* results, const int8_t* codes, size_t blocks,
                                              arm::Inputs<4> in) {
  // From a scale to its block's sum.
  const ptrdiff_t sums = reinterpret_cast<const std::byte*>(in.sums[0]) -
                         reinterpret_cast<const std::byte*>(in.scales[0]);
  // clang-format off: it takes the colons for others
#define KINGLET_OPERANDS                                                                     \
  : [results] "+r"(results), [codes] "+r"(codes), [blocks] "+r"(blocks),                     \
    [v0] "+r"(in.values[0]), [v1] "+r"(in.values[1]), [v2] "+r"(in.values[2]),               \
    [v3] "+r"(in.values[3]), [s0] "+r"(in.scales[0]), [s1] "+r"(in.scales[1]),               \
    [s2] "+r"(in.scales[2]), [s3] "+r"(in.scales[3])                                         \
  : [starts] "r"(arm::dot_starts), [sums] "r"(sums)                                          \
  : "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",       \
    "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",      \
    "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
  // clang-format on
  if constexpr (has_minima) {
    __asm__ volatile(
        KINGLET_LOAD KINGLET_DOTS KINGLET_MINIMA KINGLET_RESULTS KINGLET_STORE KINGLET_OPERANDS);
  } else {
    __asm__ volatile(KINGLET_LOAD KINGLET_DOTS KINGLET_RESULTS KINGLET_STORE KINGLET_OPERANDS);
  }
}

#undef KINGLET_OPERANDS
#undef KINGLET_STORE
#undef KINGLET_RESULTS
#undef KINGLET_MINIMA
#undef KINGLET_SCALES
#undef KINGLET_SUMS
#undef KINGLET_DOTS
#undef KINGLET_LOAD
#undef KINGLET_SCALE
#undef KINGLET_HALF
#undef KINGLET_SMMLAS

}  // namespace
}  // namespace kinglet::neon_i8mm
