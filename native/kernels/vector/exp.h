// exp of a register of floats, for a vector type V: the same bits for each V.
#pragma once

namespace kinglet::vector {

/// Within a unit in the last place; exp(0) is 1, exp(-infinity) is 0, a NaN stays one, and what is
/// too large for a float is infinity. x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 in two parts, Cody
/// and Waite), exp(r) by its Taylor series to degree 7 (rest below 6e-9), then times 2^n.
template <class V>
[[gnu::always_inline]] inline typename V::F exp(typename V::F x) {
  // x comes second: x86's max and min return their second operand for a NaN.
  x = V::max(V::set1(-110.0f), x);
  x = V::min(V::set1(90.0f), x);
  const auto n = V::round(V::mul(x, V::set1(1.44269504088896f)));
  auto r = V::fnma(n, V::set1(0.693359375f), x);
  r = V::fnma(n, V::set1(-2.12194440e-4f), r);
  auto p = V::set1(1.0f / 5040);
  p = V::fma(p, r, V::set1(1.0f / 720));
  p = V::fma(p, r, V::set1(1.0f / 120));
  p = V::fma(p, r, V::set1(1.0f / 24));
  p = V::fma(p, r, V::set1(1.0f / 6));
  p = V::fma(p, r, V::set1(0.5f));
  p = V::fma(p, r, V::set1(1.0f));
  p = V::fma(p, r, V::set1(1.0f));
  return V::scale_by_power_of_two(p, n);
}

/// exp as scalar's weigh() has it, for x <= 0: the same bits, so nothing is fused.
template <class V>
[[gnu::always_inline]] inline typename V::F weight_exp(typename V::F x) {
  x = V::max(V::set1(-100.0f), x);
  const auto n = V::round(V::mul(x, V::set1(1.44269504f)));
  auto r = V::sub(x, V::mul(n, V::set1(0.693359375f)));
  r = V::sub(r, V::mul(n, V::set1(-2.12194440e-4f)));
  auto p = V::set1(1.0f / 720);
  p = V::add(V::mul(p, r), V::set1(1.0f / 120));
  p = V::add(V::mul(p, r), V::set1(1.0f / 24));
  p = V::add(V::mul(p, r), V::set1(1.0f / 6));
  p = V::add(V::mul(p, r), V::set1(0.5f));
  p = V::add(V::mul(p, r), V::set1(1.0f));
  p = V::add(V::mul(p, r), V::set1(1.0f));
  return V::mul(p, V::power_of_two(V::max(n, V::set1(-127.0f))));
}

}  // namespace kinglet::vector
