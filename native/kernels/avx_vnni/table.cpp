#include "kernels/avx_vnni/table.h"

namespace kinglet::avx_vnni {

void override_table(KernelTable& table) { add_quantized_matmuls(table); }

}  // namespace kinglet::avx_vnni
