#include "kernels/avx512_vnni/table.h"

namespace kinglet::avx512_vnni {

void override_table(KernelTable& table) {
  add_block_matmuls(table);
  add_q6_k_matmul(table);
  add_float_kernels(table);
}

}  // namespace kinglet::avx512_vnni
