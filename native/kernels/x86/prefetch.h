// Asking for memory before it is needed. All that calls these is [[gnu::always_inline]] too, or
// does something else: gcc drops calls of functions that only prefetch, since they compute nothing.
#pragma once

#include <cstddef>

namespace kinglet::x86 {

/// Into the L1 cache, whose few line buffers are taken until the line is there.
[[gnu::always_inline]] static inline void prefetch_l1(const std::byte* line) {
  constexpr int for_reading = 0, into_l1 = 3;
  __builtin_prefetch(line, for_reading, into_l1);
}

/// Into the L2 cache.
[[gnu::always_inline]] static inline void prefetch_l2(const std::byte* line) {
  constexpr int for_reading = 0, into_l2 = 2;
  __builtin_prefetch(line, for_reading, into_l2);
}

}  // namespace kinglet::x86
