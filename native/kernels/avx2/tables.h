// The parts of override_table(), by subject.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::avx2 {

void add_block_matmuls(KernelTable& table);  // block_matmul.cpp
void add_q6_k_matmul(KernelTable& table);    // q6_k_matmul.cpp
void add_float_kernels(KernelTable& table);  // float.cpp
void quantize_q8(std::byte* out, const float* in, size_t cols);

}  // namespace kinglet::avx2
