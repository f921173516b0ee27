// What the files of this folder give to table.cpp. quantize_q8 is AVX2's: memory is its limit.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::avx512_vnni {

void add_quantized_matmuls(KernelTable& table);
void add_float_kernels(KernelTable& table);

}  // namespace kinglet::avx512_vnni
