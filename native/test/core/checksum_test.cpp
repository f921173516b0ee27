#include "platform/checksum.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace kinglet;

TEST_CASE("a checksum changes with every bit, every length and the seed") {
  std::vector<std::byte> bytes(200);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37);
  std::set<uint64_t> seen;
  size_t sums = 0;
  const auto note = [&](size_t length, uint64_t seed) {
    seen.insert(checksum(bytes.data(), length, seed));
    ++sums;
  };
  for (size_t length = 0; length <= bytes.size(); ++length) note(length, 0);
  note(bytes.size(), 1);
  for (std::byte& byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      byte ^= std::byte{1} << bit;
      note(bytes.size(), 0);
      byte ^= std::byte{1} << bit;
    }
  }
  CHECK(seen.size() == sums);
  CHECK(checksum(bytes.data(), bytes.size()) == checksum(bytes.data(), bytes.size(), 0));
}

TEST_CASE("a checksum notices zeros in number, bits that cancel out and words that change places") {
  std::vector<std::byte> zeros(1024);
  std::set<uint64_t> seen;
  for (size_t length = 0; length <= zeros.size(); ++length) {
    seen.insert(checksum(zeros.data(), length));
  }
  CHECK(seen.size() == zeros.size() + 1);

  // The highest bit of words of one lane: multiplied alone, it stays where it is.
  for (size_t first = 7; first < 512; first += 64) {
    for (size_t second = first + 64; second < 512; second += 64) {
      std::vector<std::byte> flipped(512);
      flipped[first] = flipped[second] = std::byte{0x80};
      CHECK(checksum(flipped.data(), 512) != checksum(zeros.data(), 512));
    }
  }
  std::vector<std::byte> words(128);
  words[0] = std::byte{1};
  const uint64_t before = checksum(words.data(), words.size());
  for (size_t place = 8; place < words.size(); place += 8) {
    std::swap(words[0], words[place]);
    CHECK(checksum(words.data(), words.size()) != before);
    std::swap(words[0], words[place]);
  }
}
