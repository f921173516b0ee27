#include "kernels/scalar/table.h"

namespace kinglet::scalar {

void override_table(KernelTable& table) {
  add_float_matmuls(table);
  add_quantized_matmuls(table);
  add_attention(table);
  add_vector_kernels(table);
  add_sampling(table);
}

}  // namespace kinglet::scalar
