// A loop over the rows of a step.
#pragma once

#include <cstddef>

#include "platform/thread_pool.h"

namespace kinglet {

/// Calls body on ranges that cover [0, rows), `width` floats of work each: on the threads of the
/// pool, or on the calling thread alone where the work is too little to share.
void for_row_ranges(ThreadPool& pool, size_t rows, size_t width, RangeBody body);

}  // namespace kinglet
