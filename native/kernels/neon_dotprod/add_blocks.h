// Blocks of a panel times four activation rows, by SDOT: see arm/panel.h for how dot products
// become floats. In assembly, since compilers copy registers where a load could start a sum, and
// load one register where LD1 loads four: 94 instructions for 1024 products, of which 64 are SDOT.
// In an anonymous namespace for the reason that arm/code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/panel.h"

namespace kinglet::neon_dotprod {
namespace {

// v0-v7    dot products, [token][quad]
// v8-v15   activations, [token][half]; then scaled dot products, [token][quad]
// v16-v23  results, [token][quad]
// v24-v27  codes; then scales and minima, [quad]
// v28-v31  the activations' scales, [token], of four blocks or of one

// clang-format off: a line is an instruction
// 4 columns: both quads of weights, and the lane of each token's activations that has them.
#define KINGLET_SDOT(w, a, lane, t) "sdot v" #t ".4s, v" #w ".16b, v" #a ".4b[" #lane "]\n"
#define KINGLET_COLUMNS(w0, w1, a0, a1, a2, a3, lane)                   \
  KINGLET_SDOT(w0, a0, lane, 0) KINGLET_SDOT(w1, a0, lane, 1)           \
  KINGLET_SDOT(w0, a1, lane, 2) KINGLET_SDOT(w1, a1, lane, 3)           \
  KINGLET_SDOT(w0, a2, lane, 4) KINGLET_SDOT(w1, a2, lane, 5)           \
  KINGLET_SDOT(w0, a3, lane, 6) KINGLET_SDOT(w1, a3, lane, 7)

// 16 columns.
#define KINGLET_HALF(a0, a1, a2, a3)                                    \
  "ld1 {v24.16b-v27.16b}, [%[codes]], #64\n"                            \
  KINGLET_COLUMNS(24, 26, a0, a1, a2, a3, 0)                            \
  KINGLET_COLUMNS(25, 27, a0, a1, a2, a3, 1)                            \
  "ld1 {v24.16b-v27.16b}, [%[codes]], #64\n"                            \
  KINGLET_COLUMNS(24, 26, a0, a1, a2, a3, 2)                            \
  KINGLET_COLUMNS(25, 27, a0, a1, a2, a3, 3)

// Both quads of a token: v(t0) and v(t1) += v(x0) and v(x1) times a register, or its lane.
#define KINGLET_ADD(t0, t1, x0, x1, y0, y1)                             \
  "fmla v" #t0 ".4s, v" #x0 ".4s, v" #y0 "\n"                           \
  "fmla v" #t1 ".4s, v" #x1 ".4s, v" #y1 "\n"

#define KINGLET_DOTS                                                    \
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
  "ld1 {v24.4s-v25.4s}, [%[codes]], #32\n"                              \
  KINGLET_ADD(8, 9, 0, 1, 24.4s, 25.4s)                                 \
  KINGLET_ADD(10, 11, 2, 3, 24.4s, 25.4s)                               \
  KINGLET_ADD(12, 13, 4, 5, 24.4s, 25.4s)                               \
  KINGLET_ADD(14, 15, 6, 7, 24.4s, 25.4s)

#define KINGLET_MINIMA                                                  \
  "ld1 {v26.4s-v27.4s}, [%[codes]], #32\n"                              \
  "ldr s0, [%[s0], %[sums]]\n"                                          \
  "ldr s1, [%[s1], %[sums]]\n"                                          \
  "ldr s2, [%[s2], %[sums]]\n"                                          \
  "ldr s3, [%[s3], %[sums]]\n"                                          \
  "scvtf s0, s0\n"                                                      \
  "scvtf s1, s1\n"                                                      \
  "scvtf s2, s2\n"                                                      \
  "scvtf s3, s3\n"                                                      \
  KINGLET_ADD(8, 9, 26, 27, 0.s[0], 0.s[0])                           \
  KINGLET_ADD(10, 11, 26, 27, 1.s[0], 1.s[0])                         \
  KINGLET_ADD(12, 13, 26, 27, 2.s[0], 2.s[0])                         \
  KINGLET_ADD(14, 15, 26, 27, 3.s[0], 3.s[0])
#define KINGLET_NO_MINIMA

#define KINGLET_RESULTS(lane)                                           \
  KINGLET_ADD(16, 17, 8, 9, 28.s[lane], 28.s[lane])                   \
  KINGLET_ADD(18, 19, 10, 11, 29.s[lane], 29.s[lane])                 \
  KINGLET_ADD(20, 21, 12, 13, 30.s[lane], 30.s[lane])                 \
  KINGLET_ADD(22, 23, 14, 15, 31.s[lane], 31.s[lane])

// Four blocks at a time, then one. In the fours, the pointers to scales are 16 bytes ahead of the
// first block's, and `sums`, which leads from a scale to a sum, makes up for it.
#define KINGLET_LOOPS(minima, next_sums, last_sums)                     \
  "ld1 {v16.4s-v19.4s}, [%[results]], #64\n"                            \
  "ld1 {v20.4s-v23.4s}, [%[results]]\n"                                 \
  "subs %[blocks], %[blocks], #4\n"                                     \
  "b.lo 2f\n"                                                           \
  "sub %[sums], %[sums], #16\n"                                         \
  "1:\n"                                                                \
  "ldr q28, [%[s0]], #16\n"                                             \
  "ldr q29, [%[s1]], #16\n"                                             \
  "ldr q30, [%[s2]], #16\n"                                             \
  "ldr q31, [%[s3]], #16\n"                                             \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(0)                                                    \
  next_sums                                                             \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(1)                                                    \
  next_sums                                                             \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(2)                                                    \
  next_sums                                                             \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(3)                                                    \
  last_sums                                                             \
  "subs %[blocks], %[blocks], #4\n"                                     \
  "b.hs 1b\n"                                                           \
  "add %[sums], %[sums], #16\n"                                         \
  "2:\n"                                                                \
  "adds %[blocks], %[blocks], #4\n"                                     \
  "b.eq 4f\n"                                                           \
  "3:\n"                                                                \
  KINGLET_DOTS                                                          \
  minima                                                                \
  "ldr s28, [%[s0]], #4\n"                                              \
  "ldr s29, [%[s1]], #4\n"                                              \
  "ldr s30, [%[s2]], #4\n"                                              \
  "ldr s31, [%[s3]], #4\n"                                              \
  KINGLET_RESULTS(0)                                                    \
  "subs %[blocks], %[blocks], #1\n"                                     \
  "b.ne 3b\n"                                                           \
  "4:\n"                                                                \
  "st1 {v20.4s-v23.4s}, [%[results]]\n"                                 \
  "sub %[results], %[results], #64\n"                                   \
  "st1 {v16.4s-v19.4s}, [%[results]]\n"
// clang-format on

/// Adds `blocks` blocks to the results of four activation rows, which begin with the same block.
/// `results` are 8 registers.
template <bool has_minima>
[[gnu::always_inline]] inline void add_blocks(float* results, const int8_t* codes, size_t blocks,
                                              arm::Inputs<4> in) {
  // From a scale to its block's sum.
  ptrdiff_t sums = reinterpret_cast<const std::byte*>(in.sums[0]) -
                   reinterpret_cast<const std::byte*>(in.scales[0]);
  // clang-format off: it takes the colons for others
#define KINGLET_OPERANDS                                                                     \
  : [results] "+r"(results), [codes] "+r"(codes), [blocks] "+r"(blocks),                     \
    [v0] "+r"(in.values[0]), [v1] "+r"(in.values[1]), [v2] "+r"(in.values[2]),               \
    [v3] "+r"(in.values[3]), [s0] "+r"(in.scales[0]), [s1] "+r"(in.scales[1]),               \
    [s2] "+r"(in.scales[2]), [s3] "+r"(in.scales[3]), [sums] "+r"(sums)                      \
  : [starts] "r"(arm::dot_starts)                                                            \
  : "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",       \
    "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",      \
    "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
  // clang-format on
  if constexpr (has_minima) {
    __asm__ volatile(KINGLET_LOOPS(KINGLET_MINIMA, "add %[sums], %[sums], #4\n",
                                   "sub %[sums], %[sums], #12\n") KINGLET_OPERANDS);
  } else {
    __asm__ volatile(KINGLET_LOOPS(KINGLET_NO_MINIMA, "", "") KINGLET_OPERANDS);
  }
}

#undef KINGLET_OPERANDS
#undef KINGLET_LOOPS
#undef KINGLET_RESULTS
#undef KINGLET_NO_MINIMA
#undef KINGLET_MINIMA
#undef KINGLET_DOTS
#undef KINGLET_ADD
#undef KINGLET_HALF
#undef KINGLET_COLUMNS
#undef KINGLET_SDOT

}  // namespace
}  // namespace kinglet::neon_dotprod
