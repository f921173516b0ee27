// What Armv8.6-A's matrix instructions do better (Neoverse V1 and N2, Cortex-A710 and later): the
// formats with int8 activations. The rest is neon's.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::neon_i8mm {

void add_quantized_matmuls(KernelTable& table);

}  // namespace kinglet::neon_i8mm
