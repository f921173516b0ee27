#include "kernels/neon/table.h"
#include "kernels/neon/vec.h"
#include "kernels/vector/float_kernels.h"

namespace kinglet::neon {

void add_float_kernels(KernelTable& table) { vector::FloatKernels<Vec>::add_to(table); }

}  // namespace kinglet::neon
