// All that the templates of this folder put into a table, for a vector type V.
#pragma once

#include "kernels/vector/attention.h"
#include "kernels/vector/float_matmul.h"
#include "kernels/vector/vector_kernels.h"

namespace kinglet::vector {

/// "isa/format", put together by the compiler.
template <size_t isa_size, size_t format_size>
struct UnitName {
  char text[isa_size + format_size] = {};  // either size counts a terminator

  consteval UnitName(const char (&isa)[isa_size], const char (&format)[format_size]) {
    size_t end = 0;
    for (size_t i = 0; i + 1 < isa_size; ++i) text[end++] = isa[i];
    text[end++] = '/';
    for (size_t i = 0; i < format_size; ++i) text[end++] = format[i];
  }
};

template <VectorType V>
struct FloatKernels {
  static constexpr UnitName f32{V::isa, "f32"};
  static constexpr UnitName f16{V::isa, "f16"};
  static constexpr UnitName bf16{V::isa, "bf16"};

  /// Overrides the units of float formats, attention, and the kernels over plain rows.
  static void add_to(KernelTable& table) {
    table.units[computed::f32] = FloatMatmul<V, float>::unit(f32.text);
    table.units[computed::f16] = FloatMatmul<V, uint16_t>::unit(f16.text);
    table.units[computed::bf16] = FloatMatmul<V, Bfloat16>::unit(bf16.text);
    table.attend_f32 = Attention<V, float>::attend;
    table.attend_f16 = Attention<V, uint16_t>::attend;
    table.attend_q8 = Attention<V, int8_t>::attend;
    VectorKernels<V>::add_to(table);
  }
};

}  // namespace kinglet::vector
