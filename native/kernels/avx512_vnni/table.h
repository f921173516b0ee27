// What the files of this folder give to table.cpp.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::avx512_vnni {

void add_quantized_matmuls(KernelTable& table);
void add_float_kernels(KernelTable& table);
void quantize_q8(std::byte* out, const float* in, size_t cols);

}  // namespace kinglet::avx512_vnni
