// What an instruction set can compute at most: the instructions that a product of weights and
// activations needs, in registers, with no loads and no scales. native/peaks/NAME.cpp has those of
// one instruction set, compiled with its flags: this header has no functions of its own.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace kinglet {

/// What is multiplied: codes of up to 5 bits by int8, of which several products fit in 16 bits
/// where an instruction set sums in those; int8 by int8; or floats.
enum class PeakKind : unsigned char { q4, q8, fp32 };

struct Peak {
  PeakKind kind;
  const char* instructions;
  double operations;  // of an iteration; a multiply and an add are two
  void (*run)(size_t iterations);
};

struct IsaPeaks {
  std::string_view isa;
  std::span<const Peak> peaks;
};

/// Of every instruction set that has a file.
std::span<const IsaPeaks> isa_peaks();

}  // namespace kinglet
