// The parts of override_table(), by subject. quantize_q8 is AVX2's: memory is its limit.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::avx512_vnni {

void add_block_matmuls(KernelTable& table);  // block_matmul.cpp
void add_q6_k_matmul(KernelTable& table);    // q6_k_matmul.cpp
void add_float_kernels(KernelTable& table);  // float.cpp

}  // namespace kinglet::avx512_vnni
