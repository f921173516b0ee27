// The oracle: every kernel in plain C++, in the order that its contract states, never optimized.
// The other instruction sets are tested against it, and it runs where none of them can.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::scalar {

// What the files of this folder give to table.cpp. Together they fill an empty table: each other
// ISA's starts from scalar's or from a descendant of it.
void add_float_matmuls(KernelTable& table);
void add_quantized_matmuls(KernelTable& table);
void add_attention(KernelTable& table);
void add_vector_kernels(KernelTable& table);
void add_sampling(KernelTable& table);

}  // namespace kinglet::scalar
