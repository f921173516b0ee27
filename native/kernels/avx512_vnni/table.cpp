#include "avx512_vnni.h"

namespace kinglet::avx512_vnni {

void override_table(KernelTable& table) { table.isa = "avx512_vnni"; }

}  // namespace kinglet::avx512_vnni
