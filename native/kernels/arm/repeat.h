// Loops whose counter is a constant to the compiler: operands of instructions that must be known
// when it compiles.
#pragma once

#include <cstddef>
#include <utility>

namespace kinglet::arm {
namespace {

/// Calls body.operator()<i>() for i from 0 to n - 1.
template <size_t n, class Body>
[[gnu::always_inline]] inline void repeat(const Body& body) {
  [&]<size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
    (body.template operator()<i>(), ...);
  }(std::make_index_sequence<n>{});
}

}  // namespace
}  // namespace kinglet::arm
