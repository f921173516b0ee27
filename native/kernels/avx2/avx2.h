#pragma once

#include "kernels/kernels.h"

namespace kinglet::avx2 {

/// Puts this ISA's kernels over those of its parent's table.
void override_table(KernelTable& table);

}  // namespace kinglet::avx2
