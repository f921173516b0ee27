#include "load/cache_head.h"

#include <algorithm>
#include <cstring>

#include "platform/checksum.h"

namespace kinglet {

namespace {

constexpr size_t page = 4096;

constexpr size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

CacheHead::CacheHead(std::string_view text, size_t data_bytes)
    : data_bytes_(data_bytes),
      text_bytes_(text.size()),
      sums_at_(round_up(text.size(), sizeof(uint64_t))),
      head_(round_up(sums_at_ + (pieces() + 1) * sizeof(uint64_t), page)) {
  std::memcpy(head_.data(), text.data(), text.size());
}

size_t CacheHead::piece_size(size_t piece) const {
  return std::min(piece_bytes, data_bytes_ - piece_begin(piece));
}

const std::vector<std::byte>& CacheHead::seal() {
  set_word(own_checksum_at(), checksum(head_.data(), own_checksum_at()));
  return head_;
}

CacheHead::Verdict CacheHead::take(const std::vector<std::byte>& read) {
  if (std::memcmp(read.data(), head_.data(), text_bytes_) != 0) return Verdict::other_text;
  uint64_t expected = 0;
  std::memcpy(&expected, read.data() + own_checksum_at(), sizeof expected);
  if (checksum(read.data(), own_checksum_at()) != expected) return Verdict::damaged;
  head_ = read;
  return Verdict::taken;
}

uint64_t CacheHead::word(size_t offset) const {
  uint64_t value = 0;
  std::memcpy(&value, head_.data() + offset, sizeof value);
  return value;
}

void CacheHead::set_word(size_t offset, uint64_t value) {
  std::memcpy(head_.data() + offset, &value, sizeof value);
}

}  // namespace kinglet
