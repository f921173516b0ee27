#include "kernels/neon_i8mm/table.h"

namespace kinglet::neon_i8mm {

void override_table(KernelTable& table) { add_quantized_matmuls(table); }

}  // namespace kinglet::neon_i8mm
