// How much work a second threads do.
#pragma once

#include <cstddef>
#include <functional>

namespace kinglet {

/// Work a second of `threads` threads together, each running `call(thread)` again and again at the
/// same time as the others. `call` returns the work that it did. Of each thread the median of 7
/// rounds of some 50 ms counts, in its CPU time: what other processes take from it does not count.
double work_rate(size_t threads, const std::function<double(size_t thread)>& call);

}  // namespace kinglet
