// The kernels of the Armv8.0-A baseline (Cortex-A53, Cortex-A72 and everything after them).
#pragma once

#include "kernels/kernels.h"

namespace kinglet::neon {

/// Overrides, in a copy of scalar's table, what Advanced SIMD does better: everything.
void override_table(KernelTable& table);

// What the files of this folder give to neon.cpp, and so to the table.
MatmulKernel q8_0_kernel();
MatmulKernel q4_0_kernel();
MatmulKernel q4_1_kernel();
MatmulKernel q5_1_kernel();
MatmulKernel q6_k_kernel();

void quantize_q8(std::byte* out, const float* in, size_t cols);
void add_float_kernels(KernelTable& table);

}  // namespace kinglet::neon
