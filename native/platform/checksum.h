// Tells damaged bytes from whole ones. No protection against somebody who means to deceive.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kinglet {

/// 64 bits of `bytes` bytes at `data`. Runs of 64 bytes are mixed by multiplication and rotation in
/// eight lanes that do not wait for each other, so that it keeps up with memory. Each
/// round is a bijection of its lane: bytes that differ in one word never have the same checksum.
uint64_t checksum(const std::byte* data, size_t bytes, uint64_t seed = 0);

}  // namespace kinglet
