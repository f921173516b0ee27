// Counter-based random numbers.
#pragma once

#include <array>
#include <cstdint>

namespace kinglet {

/// Philox 4x32 with 10 rounds: four words that are a function of counter and key alone.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
std::array<uint32_t, 4> philox4x32_10(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A uniform number in [0, 1) that is a function of its arguments alone, by philox4x32_10().
double uniform(uint64_t seed, uint32_t sample_index, uint32_t draw_index);

}  // namespace kinglet
