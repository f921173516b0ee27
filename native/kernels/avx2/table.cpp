#include "avx2.h"

namespace kinglet::avx2 {

void override_table(KernelTable& table) { table.isa = "avx2"; }

}  // namespace kinglet::avx2
