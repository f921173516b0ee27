#include "kernels/avx2/table.h"

namespace kinglet::avx2 {

void override_table(KernelTable& table) {
  add_block_matmuls(table);
  add_q6_k_matmul(table);
  add_float_kernels(table);
  table.quantize_q8 = quantize_q8;
}

}  // namespace kinglet::avx2
