// The kernels over plain rows of floats, for a vector type V of an ISA (its vec.h says what V has).
#pragma once

#include <cassert>

#include "kernels/kernels.h"
#include "kernels/vector/exp.h"

namespace kinglet::vector {

template <class V>
struct VectorKernels {
  using F = typename V::F;
  static constexpr size_t lanes = V::lanes;

  /// The order of summation: 4 registers in turn, the rest of a row in the first, then pairwise.
  template <typename Term>
  static float sum(size_t n, Term term) {
    F parts[4] = {V::zero(), V::zero(), V::zero(), V::zero()};
    size_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
      for (size_t k = 0; k < 4; ++k) parts[k] = V::add(parts[k], term(i + k * lanes, lanes));
    }
    for (; i < n; i += lanes) {
      parts[0] = V::add(parts[0], term(i, n - i < lanes ? n - i : lanes));
    }
    return V::reduce_add(V::add(V::add(parts[0], parts[1]), V::add(parts[2], parts[3])));
  }

  static F load(const float* in, size_t count) {
    return count == lanes ? V::load(in) : V::load_first(in, count);
  }
  static void store(float* out, F x, size_t count) {
    if (count == lanes) {
      V::store(out, x);
    } else {
      V::store_first(out, x, count);
    }
  }

  /// out[i] = value(i, count) in registers.
  template <typename Value>
  static void map(float* out, size_t n, Value value) {
    for (size_t i = 0; i < n; i += lanes) {
      const size_t count = n - i < lanes ? n - i : lanes;
      store(out + i, value(i, count), count);
    }
  }

  static void rms_norm(float* out, const float* in, const float* weight, size_t n, float epsilon) {
    const float squares = sum(n, [&](size_t i, size_t count) {
      const F x = load(in + i, count);
      return V::mul(x, x);
    });
    const F scale = V::set1(1.0f / __builtin_sqrtf(squares / static_cast<float>(n) + epsilon));
    map(out, n, [&](size_t i, size_t count) {
      const F normed = V::mul(load(in + i, count), scale);
      return weight == nullptr ? normed : V::mul(normed, load(weight + i, count));
    });
  }

  static void rope(float* head, const float* cosines, const float* sines, size_t head_dim,
                   RopePairing pairing) {
    const size_t pairs = head_dim / 2;
    if (pairing == RopePairing::half) {
      for (size_t i = 0; i < pairs; i += lanes) {
        const size_t count = pairs - i < lanes ? pairs - i : lanes;
        const F x = load(head + i, count), y = load(head + pairs + i, count);
        const F c = load(cosines + i, count), s = load(sines + i, count);
        store(head + i, V::sub(V::mul(x, c), V::mul(y, s)), count);
        store(head + pairs + i, V::add(V::mul(x, s), V::mul(y, c)), count);
      }
      return;
    }
    for (size_t i = 0; i < pairs; ++i) {
      const float x = head[2 * i], y = head[2 * i + 1];
      head[2 * i] = x * cosines[i] - y * sines[i];
      head[2 * i + 1] = x * sines[i] + y * cosines[i];
    }
  }

  static void silu_mul(float* out, const float* gate, const float* up, size_t n) {
    map(out, n, [&](size_t i, size_t count) {
      const F g = load(gate + i, count);
      const F denominator = V::add(V::set1(1.0f), exp<V>(V::sub(V::zero(), g)));
      return V::mul(V::div(g, denominator), load(up + i, count));
    });
  }

  static void add(float* out, const float* in, size_t n) {
    map(out, n,
        [&](size_t i, size_t count) { return V::add(load(out + i, count), load(in + i, count)); });
  }

  static void to_f16(uint16_t* out, const float* in, size_t n) {
    size_t i = 0;
    for (; i + lanes <= n; i += lanes) V::store_f16(out + i, V::load(in + i));
    if (i < n) {
      alignas(64) uint16_t rest[lanes];
      V::store_f16(rest, V::load_first(in + i, n - i));
      for (size_t k = 0; i + k < n; ++k) out[i + k] = rest[k];
    }
  }

  static float max(const float* in, size_t n) {
    const F lowest = V::set1(-__builtin_inff());
    F largest = lowest;
    bool any_nan = false;
    for (size_t i = 0; i < n; i += lanes) {
      const size_t count = n - i < lanes ? n - i : lanes;
      const F x = load(in + i, count);
      any_nan = any_nan || V::any_nan(x);
      largest = V::max(largest, count == lanes ? x : V::first_or(x, count, lowest));
    }
    return any_nan ? __builtin_nanf("") : V::reduce_max(largest);
  }

  static float sum_exp(const float* in, size_t n, float max) {
    const F m = V::set1(max);
    return sum(n, [&](size_t i, size_t count) {
      const F e = exp<V>(V::sub(load(in + i, count), m));
      return count == lanes ? e : V::first_or(e, count, V::zero());
    });
  }

  /// All but quantize_q8, whose integers are another register type.
  static void add_to(KernelTable& table) {
    table.rms_norm = rms_norm;
    table.rope = rope;
    table.silu_mul = silu_mul;
    table.add = add;
    table.to_f16 = to_f16;
    table.max = max;
    table.sum_exp = sum_exp;
  }
};

}  // namespace kinglet::vector
