// The sum of a row in floats, for a vector type V.
#pragma once

#include <cstddef>

namespace kinglet::vector {

/// The order of summation: 4 registers in turn, the rest of a row in the first, then pairwise.
template <class V>
struct FloatSum {
  using F = typename V::F;
  static constexpr size_t parts = 4;

  F part[parts] = {V::zero(), V::zero(), V::zero(), V::zero()};

  void add(size_t k, F x) { part[k] = V::add(part[k], x); }
  void add_square(size_t k, F x) { add(k, V::mul(x, x)); }
  float total() const {
    return V::reduce_add(V::add(V::add(part[0], part[1]), V::add(part[2], part[3])));
  }
};

}  // namespace kinglet::vector
