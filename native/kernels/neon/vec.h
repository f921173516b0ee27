// Sixteen floats, for the templates of kernels/vector.
//
// They are four registers: two loads give 16 halves or bfloats, 16 are a block's tokens, and one
// activation row's four chains of multiply-adds are enough to keep one of these chips busy while it
// decodes, which waits for memory anyway. While it prefills, 16 chains, for four rows or queries,
// cover the latency of a multiply-add (4 cycles on a Cortex-A76, 7 on an A72) times two pipes.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/arm/rows_per_pass.h"
#include "kernels/vector/vector_type.h"

namespace kinglet::neon {

struct Vec {
  static constexpr char isa[] = "neon";

  struct F {
    float32x4_t a, b, c, d;
  };
  static constexpr size_t lanes = 16;

  // How much the 32 registers hold.
  static constexpr size_t gemv_tiles = 1;
  static constexpr size_t gemm_tiles = 1;
  static constexpr size_t attention_queries = 4;
  static constexpr size_t attention_accumulators = 4;

  static constexpr size_t gemv_prefetch = 0;
  static constexpr bool prefetches_kv = false;
  static size_t rows_per_pass(size_t activation_stride) {
    return arm::rows_per_pass(activation_stride);
  }

  static F zero() { return set1(0); }
  static F set1(float x) { return all(vdupq_n_f32(x)); }
  static F load(const float* in) {
    return {vld1q_f32(in), vld1q_f32(in + 4), vld1q_f32(in + 8), vld1q_f32(in + 12)};
  }
  static F load(const uint16_t* halves) {
    const float16x8_t low = vreinterpretq_f16_u16(vld1q_u16(halves));
    const float16x8_t high = vreinterpretq_f16_u16(vld1q_u16(halves + 8));
    return {vcvt_f32_f16(vget_low_f16(low)), vcvt_high_f32_f16(low),
            vcvt_f32_f16(vget_low_f16(high)), vcvt_high_f32_f16(high)};
  }
  static F load(const vector::Bfloat16* in) {
    const auto* bits = reinterpret_cast<const uint16_t*>(in);
    const uint16x8_t low = vld1q_u16(bits), high = vld1q_u16(bits + 8);
    return {vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(low), 16)),
            vreinterpretq_f32_u32(vshll_high_n_u16(low, 16)),
            vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(high), 16)),
            vreinterpretq_f32_u32(vshll_high_n_u16(high, 16))};
  }
  static F load(const int8_t* in) {
    const int8x16_t bytes = vld1q_s8(in);
    const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_high_s8(bytes);
    return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), vcvtq_f32_s32(vmovl_high_s16(low)),
            vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), vcvtq_f32_s32(vmovl_high_s16(high))};
  }
  template <typename Element>
  static constexpr size_t loaded_together = 1;
  template <typename Element>
  static void load_together(const Element* in, F* out) {
    *out = load(in);
  }
  static void store(float* out, F x) {
    vst1q_f32(out, x.a);
    vst1q_f32(out + 4, x.b);
    vst1q_f32(out + 8, x.c);
    vst1q_f32(out + 12, x.d);
  }
  static void store_f16(uint16_t* out, F x) {
    vst1q_u16(out, vreinterpretq_u16_f16(vcvt_high_f16_f32(vcvt_f16_f32(x.a), x.b)));
    vst1q_u16(out + 8, vreinterpretq_u16_f16(vcvt_high_f16_f32(vcvt_f16_f32(x.c), x.d)));
  }

  static void load_pairs(const float* in, F& x, F& y) {
    const float32x4x2_t a = vld2q_f32(in), b = vld2q_f32(in + 8);
    const float32x4x2_t c = vld2q_f32(in + 16), d = vld2q_f32(in + 24);
    x = {a.val[0], b.val[0], c.val[0], d.val[0]};
    y = {a.val[1], b.val[1], c.val[1], d.val[1]};
  }
  static void store_pairs(float* out, F x, F y) {
    const float32x4x2_t a = {{x.a, y.a}}, b = {{x.b, y.b}}, c = {{x.c, y.c}}, d = {{x.d, y.d}};
    vst2q_f32(out, a);
    vst2q_f32(out + 8, b);
    vst2q_f32(out + 16, c);
    vst2q_f32(out + 24, d);
  }

  static F load_first(const float* in, size_t count) {
    float first[lanes] = {};
    __builtin_memcpy(first, in, count * sizeof(float));
    return load(first);
  }
  static void store_first(float* out, F x, size_t count) {
    float all[lanes];
    store(all, x);
    __builtin_memcpy(out, all, count * sizeof(float));
  }
  static F first_or(F x, size_t count, F other) {
    const uint32x4_t end = vdupq_n_u32(static_cast<uint32_t>(count));
    const auto select = [&](uint32_t first, float32x4_t x, float32x4_t other) {
      const uint32x4_t lane = {first, first + 1, first + 2, first + 3};
      return vbslq_f32(vcltq_u32(lane, end), x, other);
    };
    return {select(0, x.a, other.a), select(4, x.b, other.b), select(8, x.c, other.c),
            select(12, x.d, other.d)};
  }

  static F add(F x, F y) { return {x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d}; }
  static F sub(F x, F y) { return {x.a - y.a, x.b - y.b, x.c - y.c, x.d - y.d}; }
  static F mul(F x, F y) { return {x.a * y.a, x.b * y.b, x.c * y.c, x.d * y.d}; }
  static F div(F x, F y) { return {x.a / y.a, x.b / y.b, x.c / y.c, x.d / y.d}; }
  static F fma(F x, F y, F sum) {
    return {vfmaq_f32(sum.a, x.a, y.a), vfmaq_f32(sum.b, x.b, y.b), vfmaq_f32(sum.c, x.c, y.c),
            vfmaq_f32(sum.d, x.d, y.d)};
  }
  static F fnma(F x, F y, F sum) {
    return {vfmsq_f32(sum.a, x.a, y.a), vfmsq_f32(sum.b, x.b, y.b), vfmsq_f32(sum.c, x.c, y.c),
            vfmsq_f32(sum.d, x.d, y.d)};
  }
  static constexpr bool max_keeps_nan = true;  // FMAX and FMAXV, unlike FMAXNM
  static F max(F x, F y) {
    return {vmaxq_f32(x.a, y.a), vmaxq_f32(x.b, y.b), vmaxq_f32(x.c, y.c), vmaxq_f32(x.d, y.d)};
  }
  static F min(F x, F y) {
    return {vminq_f32(x.a, y.a), vminq_f32(x.b, y.b), vminq_f32(x.c, y.c), vminq_f32(x.d, y.d)};
  }
  static F round(F x) {
    return {vrndnq_f32(x.a), vrndnq_f32(x.b), vrndnq_f32(x.c), vrndnq_f32(x.d)};
  }

  // A lane of another register is an operand of FMLA.
  static constexpr size_t factors = 4;
  using Factors = float32x4_t;
  static Factors load_factor(const float* in) { return vld1q_dup_f32(in); }
  static Factors load_factors(const float* in) { return vld1q_f32(in); }
  static F fma(F x, Factors factors, size_t lane, F sum) {
    switch (lane) {
      case 0: return fma_lane<0>(x, factors, sum);
      case 1: return fma_lane<1>(x, factors, sum);
      case 2: return fma_lane<2>(x, factors, sum);
      default: return fma_lane<3>(x, factors, sum);
    }
  }

  static F zero_below(F x, F y, F z) {
    const auto keep = [](float32x4_t x, float32x4_t y, float32x4_t z) {
      return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(x), vcgeq_f32(y, z)));
    };
    return {keep(x.a, y.a, z.a), keep(x.b, y.b, z.b), keep(x.c, y.c, z.c), keep(x.d, y.d, z.d)};
  }

  static F scale_by_power_of_two(F x, F n) {
    return {scale(x.a, n.a), scale(x.b, n.b), scale(x.c, n.c), scale(x.d, n.d)};
  }

  static F power_of_two(F n) {
    return {power_of_two(n.a), power_of_two(n.b), power_of_two(n.c), power_of_two(n.d)};
  }

  static float reduce_add(F x) {
    return vaddvq_f32(vaddq_f32(vaddq_f32(x.a, x.b), vaddq_f32(x.c, x.d)));
  }
  static float reduce_max(F x) {
    return vmaxvq_f32(vmaxq_f32(vmaxq_f32(x.a, x.b), vmaxq_f32(x.c, x.d)));
  }

  /// In double, as scalar sums up a row: no kernel that needs this is where the time goes.
  class Sum {
   public:
    static constexpr size_t parts = 1;

    void add(size_t, F x) {
      add_quad(x.a);
      add_quad(x.b);
      add_quad(x.c);
      add_quad(x.d);
    }
    void add_square(size_t, F x) {
      add_quad_square(x.a);
      add_quad_square(x.b);
      add_quad_square(x.c);
      add_quad_square(x.d);
    }
    double total() const { return vaddvq_f64(vaddq_f64(low_, high_)); }

   private:
    void add_quad(float32x4_t x) {
      low_ = vaddq_f64(low_, vcvt_f64_f32(vget_low_f32(x)));
      high_ = vaddq_f64(high_, vcvt_high_f64_f32(x));
    }
    void add_quad_square(float32x4_t x) {
      const float64x2_t low = vcvt_f64_f32(vget_low_f32(x)), high = vcvt_high_f64_f32(x);
      low_ = vfmaq_f64(low_, low, low);
      high_ = vfmaq_f64(high_, high, high);
    }

    float64x2_t low_ = vdupq_n_f64(0);
    float64x2_t high_ = vdupq_n_f64(0);
  };

 private:
  static F all(float32x4_t x) { return {x, x, x, x}; }

  template <int lane>
  static F fma_lane(F x, Factors factors, F sum) {
    return {vfmaq_laneq_f32(sum.a, x.a, factors, lane), vfmaq_laneq_f32(sum.b, x.b, factors, lane),
            vfmaq_laneq_f32(sum.c, x.c, factors, lane), vfmaq_laneq_f32(sum.d, x.d, factors, lane)};
  }

  static float32x4_t power_of_two(float32x4_t n) {
    const int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
    return vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23));
  }

  static float32x4_t scale(float32x4_t x, float32x4_t n) {
    const int32x4_t whole = vcvtq_s32_f32(n);
    // In two steps, so that a result may be subnormal or infinite. x near 1 stays a normal number
    // in the first, which therefore is an addition to its exponent.
    const int32x4_t first = vshlq_n_s32(vshrq_n_s32(whole, 1), 23);
    const int32x4_t second = vshlq_n_s32(vaddq_s32(vrshrq_n_s32(whole, 1), vdupq_n_s32(127)), 23);
    const float32x4_t scaled = vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x), first));
    return vmulq_f32(scaled, vreinterpretq_f32_s32(second));
  }
};

}  // namespace kinglet::neon
