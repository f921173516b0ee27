#include "compute/row_loop.h"

#include <algorithm>

namespace kinglet {

namespace {

// Below this many floats, a parallel region costs more than it saves.
constexpr size_t inline_floats = 8192;

constexpr size_t ranges_per_thread = 4;

}  // namespace

void for_row_ranges(ThreadPool& pool, size_t rows, size_t width, RangeBody body) {
  if (rows * width <= inline_floats || pool.threads() == 1) {
    body(0, rows, 0);
    return;
  }
  pool.parallel_for(rows, std::max<size_t>(1, rows / (ranges_per_thread * pool.threads())), body);
}

}  // namespace kinglet
