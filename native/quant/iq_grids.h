// The codebooks of the IQ formats. A point of the 2-bit grids is 8 codes of 2 bits, one of the
// 3-bit grids 4 codes of 4 bits, from the low bits up; iq_quants.cpp has what the codes mean.
#pragma once

#include <cstdint>

namespace kinglet::quant {

extern const uint16_t iq2_xxs_grid[256];
extern const uint16_t iq2_xs_grid[512];
extern const uint16_t iq2_s_grid[1024];
extern const uint16_t iq3_xxs_grid[256];
extern const uint16_t iq3_s_grid[512];
extern const uint16_t iq1_s_grid[2048];

}  // namespace kinglet::quant
