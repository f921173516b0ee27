// Blocks of a panel times four activation rows, by SMMLA: see arm/panel.h for how dot products
// become floats, and neon_dotprod/add_blocks.h for why this is assembly: 61 instructions for 1024
// products, of which 32 are SMMLA.
// In an anonymous namespace for the reason that arm/code_tile.h gives.
#pragma once

#include <arm_neon.h>

#include "kernels/arm/panel.h"

namespace kinglet::neon_i8mm {
namespace {

// clang-format off: a line is an instruction
// v0-v7    dot products, then what they start from again: [pair of tokens][pair of rows]
// v8-v15   activations, [8 columns][pair of tokens]; then scaled dot products, as v0-v7
// v16-v23  results, as v0-v7
// v24-v27  codes, of pairs of rows; then scales, then minima
// v28-v31  the activations' scales, [block of two][pair of tokens]
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

// v(to) += v(x) times the register that follows.
#define KINGLET_SCALE(to, x) "fmla v" #to ".4s, v" #x ".4s, "

#define KINGLET_DOTS                                                    \
  "ld1 {v0.4s-v3.4s}, [%[starts]]\n"                                    \
  "ld1 {v4.4s-v7.4s}, [%[starts]]\n"                                    \
  "ld1 {v8.16b-v11.16b}, [%[values]], #64\n"                            \
  "ld1 {v12.16b-v15.16b}, [%[values]], #64\n"                           \
  KINGLET_SMMLAS(8, 9)                                                  \
  KINGLET_SMMLAS(10, 11)                                                \
  KINGLET_SMMLAS(12, 13)                                                \
  KINGLET_SMMLAS(14, 15)                                                \
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

// Of each pair of tokens, the sums (s0, s1, s0, s1), in v0 and v1.
#define KINGLET_MINIMA                                                  \
  "ld1 {v24.4s-v27.4s}, [%[codes]], #64\n"                              \
  "ldr q0, [%[sums]], #16\n"                                            \
  "scvtf v0.4s, v0.4s\n"                                                \
  "dup v1.2d, v0.d[1]\n"                                                \
  "dup v0.2d, v0.d[0]\n"                                                \
  KINGLET_SCALE(8, 24)                                                  \
  "v0.4s\n"                                                             \
  KINGLET_SCALE(9, 25)                                                  \
  "v0.4s\n"                                                             \
  KINGLET_SCALE(10, 26)                                                 \
  "v0.4s\n"                                                             \
  KINGLET_SCALE(11, 27)                                                 \
  "v0.4s\n"                                                             \
  KINGLET_SCALE(12, 24)                                                 \
  "v1.4s\n"                                                             \
  KINGLET_SCALE(13, 25)                                                 \
  "v1.4s\n"                                                             \
  KINGLET_SCALE(14, 26)                                                 \
  "v1.4s\n"                                                             \
  KINGLET_SCALE(15, 27)                                                 \
  "v1.4s\n"
#define KINGLET_NO_MINIMA

// Times the scales of both pairs of tokens.
#define KINGLET_RESULTS(first, second)                                  \
  "fmla v16.4s, v8.4s, v" #first ".4s\n"                                \
  "fmla v17.4s, v9.4s, v" #first ".4s\n"                                \
  "fmla v18.4s, v10.4s, v" #first ".4s\n"                               \
  "fmla v19.4s, v11.4s, v" #first ".4s\n"                               \
  "fmla v20.4s, v12.4s, v" #second ".4s\n"                              \
  "fmla v21.4s, v13.4s, v" #second ".4s\n"                              \
  "fmla v22.4s, v14.4s, v" #second ".4s\n"                              \
  "fmla v23.4s, v15.4s, v" #second ".4s\n"

// Two blocks at a time, then one.
#define KINGLET_LOOPS(minima)                                           \
  "ld1 {v16.4s-v19.4s}, [%[results]], #64\n"                            \
  "ld1 {v20.4s-v23.4s}, [%[results]]\n"                                 \
  "subs %[blocks], %[blocks], #2\n"                                     \
  "b.lo 2f\n"                                                           \
  "1:\n"                                                                \
  "ld1 {v28.4s-v31.4s}, [%[scales]], #64\n"                             \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(28, 29)                                               \
  KINGLET_DOTS                                                          \
  minima                                                                \
  "subs %[blocks], %[blocks], #2\n"                                     \
  KINGLET_RESULTS(30, 31)                                               \
  "b.hs 1b\n"                                                           \
  "2:\n"                                                                \
  "adds %[blocks], %[blocks], #2\n"                                     \
  "b.eq 3f\n"                                                           \
  "ldp q28, q29, [%[scales]]\n"                                         \
  KINGLET_DOTS                                                          \
  minima                                                                \
  KINGLET_RESULTS(28, 29)                                               \
  "3:\n"                                                                \
  "st1 {v20.4s-v23.4s}, [%[results]]\n"                                 \
  "sub %[results], %[results], #64\n"                                   \
  "st1 {v16.4s-v19.4s}, [%[results]]\n"
// clang-format on

/// Adds `blocks` blocks to the results of a four, which begins with the same block. `results` are 8
/// registers.
template <bool has_minima>
[[gnu::always_inline]] inline void add_blocks(float* results, const int8_t* codes, size_t blocks,
                                              arm::Four<8, 2> in) {
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
#undef KINGLET_SCALE
#undef KINGLET_SMMLAS

}  // namespace
}  // namespace kinglet::neon_i8mm
