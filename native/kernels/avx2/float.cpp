#include "kernels/avx2/table.h"
#include "kernels/avx2/vec.h"
#include "kernels/vector/float_kernels.h"

namespace kinglet::avx2 {

void add_float_kernels(KernelTable& table) { vector::FloatKernels<Vec>::add_to(table); }

}  // namespace kinglet::avx2
