// Asking for memory before it is needed, a line here and a line there between what is computed:
// many at once wait for the few line buffers, and what follows waits behind them. All that calls
// these is [[gnu::always_inline]] too, or does something else: gcc drops calls of functions that
// only prefetch, since they compute nothing.
#pragma once

#include <cstddef>

namespace kinglet::x86 {

/// gcc moves no instruction past this; it would gather prefetches that stand apart.
[[gnu::always_inline]] static inline void keep_place() { __asm__ volatile(""); }

/// Into the L1 cache, whose few line buffers are taken until the line is there.
[[gnu::always_inline]] static inline void prefetch_l1(const std::byte* line) {
  constexpr int for_reading = 0, into_l1 = 3;
  __builtin_prefetch(line, for_reading, into_l1);
  keep_place();
}

/// Into the L2 cache.
[[gnu::always_inline]] static inline void prefetch_l2(const std::byte* line) {
  constexpr int for_reading = 0, into_l2 = 2;
  __builtin_prefetch(line, for_reading, into_l2);
  keep_place();
}

}  // namespace kinglet::x86
