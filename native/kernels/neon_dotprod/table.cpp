#include "kernels/neon_dotprod/table.h"

namespace kinglet::neon_dotprod {

void override_table(KernelTable& table) { add_quantized_matmuls(table); }

}  // namespace kinglet::neon_dotprod
