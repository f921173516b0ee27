// What the files of this folder give to table.cpp. The rest is AVX2's.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::avx_vnni {

void add_quantized_matmuls(KernelTable& table);

}  // namespace kinglet::avx_vnni
