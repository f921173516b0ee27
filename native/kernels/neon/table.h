// The kernels of the Armv8.0-A baseline (Cortex-A53, Cortex-A72 and everything after them): what
// the files of this folder give to table.cpp.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::neon {

void add_quantized_matmuls(KernelTable& table);
void add_float_kernels(KernelTable& table);
void quantize_q8(std::byte* out, const float* in, size_t cols);

}  // namespace kinglet::neon
