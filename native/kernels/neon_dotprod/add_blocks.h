// Blocks of a panel times four activation rows, by SDOT: see arm/panel.h for how dot products
// become floats. In assembly, since compilers copy registers where a load could start a sum, and
// load one register where LD1 loads four: 92 instructions for 1024 products, of which 64 are SDOT.
// In an anonymous namespace for the reason that arm/code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/panel.h"

namespace kinglet::neon_dotprod {
namespace {

// v0-v7    dot products, [token][quad]
// v8-v15   activations, [half][token]; then scaled dot products, [token][quad]
// v16-v23  results, [token][quad]
// v24-v27  codes; then scales and minima, [quad]
// v28-v31  the activations' scales of four blocks or of one, a lane a token

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
  "ld1 {v8.16b-v11.16b}, [%[values]], #64\n"                            \
  "ld1 {v12.16b-v15.16b}, [%[values]], #64\n"                           \
  KINGLET_HALF(8, 9, 10, 11)                                            \
  KINGLET_HALF(12, 13, 14, 15)                                          \
  "ld1 {v8.4s-v11.4s}, [%[codes]]\n"                                    \
  "ld1 {v12.4s-v15.4s}, [%[codes]], #64\n"                              \
  "ld1 {v24.4s-v25.4s}, [%[codes]], #32\n"                              \
  KINGLET_ADD(8, 9, 0, 1, 24.4s, 25.4s)                                 \
  KINGLET_ADD(10, 11, 2, 3, 24.4s, 25.4s)                               \
  KINGLET_ADD(12, 13, 4, 5, 24.4s, 25.4s)                               \
  KINGLET_ADD(14, 15, 6, 7, 24.4s, 25.4s)

#define KINGLET_MINIMA                                                  \
  "ld1 {v26.4s-v27.4s}, [%[codes]], #32\n"                              \
  "ldr q0, [%[sums]], #16\n"                                            \
  "scvtf v0.4s, v0.4s\n"                                                \
  KINGLET_ADD(8, 9, 26, 27, 0.s[0], 0.s[0])                             \
  KINGLET_ADD(10, 11, 26, 27, 0.s[1], 0.s[1])                           \
  KINGLET_ADD(12, 13, 26, 27, 0.s[2], 0.s[2])                           \
  KINGLET_ADD(14, 15, 26, 27, 0.s[3], 0.s[3])
#define KINGLET_NO_MINIMA

#define KINGLET_RESULTS(scales)                                         \
  KINGLET_ADD(16, 17, 8, 9, scales.s[0], scales.s[0])                   \
  KINGLET_ADD(18, 19, 10, 11, scales.s[1], scales.s[1])                 \
  KINGLET_ADD(20, 21, 12, 13, scales.s[2], scales.s[2])                 \
  KINGLET_ADD(22, 23, 14, 15, scales.s[3], scales.s[3])

// Four blocks at a time, then one.
#define KINGLET_LOOPS(minima)                                           \
  "ld1 {v16.4s-v19.4s}, [%[results]], #64\n"                            \
  "ld1 {v20.4s-v23.4s}, [%[results]]\n"                                 \
  "subs %[blocks], %[blocks], #4\n"                                     \
  "b.lo 2f\n"                                                           \
  "1:\n"                                                                \
  "ld1 {v28.4s-v31.4s}, [%[scales]], #64\n"                             \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(28)                                                   \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(29)                                                   \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(30)                                                   \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(31)                                                   \
  "subs %[blocks], %[blocks], #4\n"                                     \
  "b.hs 1b\n"                                                           \
  "2:\n"                                                                \
  "adds %[blocks], %[blocks], #4\n"                                     \
  "b.eq 4f\n"                                                           \
  "3:\n"                                                                \
  "ldr q28, [%[scales]], #16\n"                                         \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(28)                                                   \
  "subs %[blocks], %[blocks], #1\n"                                     \
  "b.ne 3b\n"                                                           \
  "4:\n"                                                                \
  "st1 {v20.4s-v23.4s}, [%[results]]\n"                                 \
  "sub %[results], %[results], #64\n"                                   \
  "st1 {v16.4s-v19.4s}, [%[results]]\n"
// clang-format on

/// Adds `blocks` blocks to the results of a four, which begins with the same block. `results` are 8
/// registers.
template <bool has_minima>
[[gnu::always_inline]] inline void add_blocks(float* results, const int8_t* codes, size_t blocks,
                                              arm::Four<16, 1> in) {
  // clang-format off: it takes the colons for others
#define KINGLET_OPERANDS                                                                     \
  : [results] "+r"(results), [codes] "+r"(codes), [blocks] "+r"(blocks),                     \
    [values] "+r"(in.values), [scales] "+r"(in.scales), [sums] "+r"(in.sums)                 \
  : [starts] "r"(arm::dot_starts)                                                            \
  : "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",       \
    "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",      \
    "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
  // clang-format on
  if constexpr (has_minima) {
    __asm__ volatile(KINGLET_LOOPS(KINGLET_MINIMA) KINGLET_OPERANDS);
  } else {
    __asm__ volatile(KINGLET_LOOPS(KINGLET_NO_MINIMA) KINGLET_OPERANDS);
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
