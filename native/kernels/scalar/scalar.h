// The oracle: every kernel in plain C++, in the order that its contract states, never optimized.
// The other instruction sets are tested against it, and it runs where none of them can.
#pragma once

#include "kernels/kernels.h"

namespace kinglet::scalar {

// The parts of override_table(), by subject. Together they fill an empty table: each other ISA's
// starts from scalar's or from a descendant of it.
void add_float_matmuls(KernelTable& table);      // float_matmul.cpp
void add_quantized_matmuls(KernelTable& table);  // quantized_matmul.cpp
void add_attention(KernelTable& table);          // attention.cpp
void add_vector_kernels(KernelTable& table);     // vector.cpp

}  // namespace kinglet::scalar
