#include "kernels/avx512_vnni/table.h"

namespace kinglet::avx512_vnni {

void override_table(KernelTable& table) {
  add_quantized_matmuls(table);
  add_float_kernels(table);
}

}  // namespace kinglet::avx512_vnni
