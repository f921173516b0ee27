// Times attention over long contexts.
#pragma once

#include "../bench/native/measured_peaks.h"

namespace kinglet {

/// Prints a row: the last `rows` rows of a context of `tokens`, 3 heads each for a KV head of 64.
/// The context is all that is in the model's cache, whose layers together fill `memory`; each
/// thread takes KV heads of its own.
void bench_attention(const KernelVariant& variant, KvFormat format, size_t rows, size_t tokens,
                     size_t threads, const PageMemory& memory, const MeasuredPeaks& peaks);

}  // namespace kinglet
