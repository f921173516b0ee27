#include "kernels/neon/table.h"

namespace kinglet::neon {

void override_table(KernelTable& table) {
  add_quantized_matmuls(table);
  add_float_kernels(table);
  table.quantize_q8 = quantize_q8;
}

}  // namespace kinglet::neon
