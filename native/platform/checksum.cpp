#include "platform/checksum.h"

#include <bit>
#include <cstring>

namespace kinglet {

namespace {

constexpr size_t lane_count = 8;
constexpr size_t block_bytes = lane_count * sizeof(uint64_t);
// Odd, so that multiplying by them loses nothing: the fractions of the golden ratio and of pi.
constexpr uint64_t word_factor = 0x9e3779b97f4a7c15;
constexpr uint64_t lane_factor = 0x243f6a8885a308d3;

/// The factor of the word has a change of few bits meet only changes of many that could undo it.
uint64_t mixed(uint64_t lane, uint64_t word) {
  return std::rotl(lane + word * word_factor, 31) * lane_factor;
}

void mix_block(uint64_t (&lanes)[lane_count], const std::byte* block) {
  uint64_t words[lane_count];
  std::memcpy(words, block, block_bytes);
  for (size_t i = 0; i < lane_count; ++i) lanes[i] = mixed(lanes[i], words[i]);
}

}  // namespace

uint64_t checksum(const std::byte* data, size_t bytes, uint64_t seed) {
  uint64_t lanes[lane_count];
  for (size_t i = 0; i < lane_count; ++i) lanes[i] = mixed(seed, i);
  const size_t whole = bytes / block_bytes * block_bytes;
  for (size_t i = 0; i < whole; i += block_bytes) mix_block(lanes, data + i);
  if (whole < bytes) {
    std::byte last[block_bytes] = {};
    std::memcpy(last, data + whole, bytes - whole);
    mix_block(lanes, last);
  }
  uint64_t result = bytes;
  for (const uint64_t lane : lanes) result = mixed(result, lane);
  return mixed(result ^ result >> 32, 0);
}

}  // namespace kinglet
