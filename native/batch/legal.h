// What the elements of a batch's array may be: the last column of batch/fields.def.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace kinglet::legal {

/// Any bits at all.
struct Anything {};
inline constexpr Anything anything;

/// Not told by one element alone: batch_check.cpp has a check of its own.
struct CheckedApart {};
inline constexpr CheckedApart checked_apart;

/// Whole numbers from `least` to `most`.
struct Whole {
  int64_t least;
  int64_t most;
};
constexpr Whole whole(int64_t least, int64_t most) { return {least, most}; }
inline constexpr Whole whole_from_0{0, INT32_MAX};

/// Numbers that a rule holds for. None holds for NaN.
struct Real {
  bool (*holds)(float);
  const char* expected;
};
inline constexpr Real finite{[](float x) { return std::isfinite(x); }, "a finite number"};
inline constexpr Real finite_from_0{[](float x) { return std::isfinite(x) && x >= 0; },
                                    "a finite number of at least 0"};
inline constexpr Real finite_above_0{[](float x) { return std::isfinite(x) && x > 0; },
                                     "a finite number above 0"};
inline constexpr Real share{[](float x) { return x >= 0 && x <= 1; }, "0 to 1"};
inline constexpr Real share_above_0{[](float x) { return x > 0 && x <= 1; },
                                    "above 0 and at most 1"};
/// Added to a logit; -Infinity bans.
inline constexpr Real finite_or_banned{
    [](float x) { return std::isfinite(x) || x == -std::numeric_limits<float>::infinity(); },
    "a finite number or -Infinity"};

}  // namespace kinglet::legal
