#include "kernels/avx512_vnni/table.h"
#include "kernels/avx512_vnni/vec.h"
#include "kernels/vector/float_kernels.h"

namespace kinglet::avx512_vnni {

void add_float_kernels(KernelTable& table) { vector::FloatKernels<Vec>::add_to(table); }

}  // namespace kinglet::avx512_vnni
