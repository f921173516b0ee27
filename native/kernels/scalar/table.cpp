#include "kernels/scalar/scalar.h"

namespace kinglet::scalar {

const KernelTable& table() {
  static const KernelTable complete = [] {
    KernelTable table{};
    table.isa = "scalar";
    add_float_matmuls(table);
    add_quantized_matmuls(table);
    add_attention(table);
    add_vector_kernels(table);
    return table;
  }();
  return complete;
}

}  // namespace kinglet::scalar
