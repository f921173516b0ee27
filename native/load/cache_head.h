// The head of a file of packed weights: what the data is, and checksums of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace kinglet {

/// A file is a head and then the data. The head is a text, zeros up to a multiple of 8, a checksum
/// of each piece of the data, zeros up to the end of a page of 4096 bytes, of which the last 8 are
/// a checksum of all before them; words are in the machine's order. Whoever reads a file knows the
/// whole text and every size before: nothing in a file is a size, an offset or a count that could
/// mislead.
class CacheHead {
 public:
  /// So few that a piece is still in the thread's cache when its checksum is made.
  static constexpr size_t piece_bytes = 256 << 10;

  /// A head for `data_bytes` bytes that `text` names, without checksums.
  CacheHead(std::string_view text, size_t data_bytes);

  /// Of the head: where the data begins.
  size_t bytes() const { return head_.size(); }
  size_t data_bytes() const { return data_bytes_; }
  size_t file_bytes() const { return head_.size() + data_bytes_; }

  size_t pieces() const { return (data_bytes_ + piece_bytes - 1) / piece_bytes; }
  /// Where a piece begins in the data, and its size.
  static size_t piece_begin(size_t piece) { return piece * piece_bytes; }
  size_t piece_size(size_t piece) const;

  uint64_t piece_checksum(size_t piece) const { return word(sums_at_ + piece * sizeof(uint64_t)); }
  void set_piece_checksum(size_t piece, uint64_t sum) {
    set_word(sums_at_ + piece * sizeof(uint64_t), sum);
  }

  /// The head as it stands in a file, once every piece has its checksum.
  const std::vector<std::byte>& seal();

  enum class Verdict : uint8_t { taken, other_text, damaged };
  /// Takes the checksums of a head that was read from a file: bytes() bytes.
  Verdict take(const std::vector<std::byte>& read);

 private:
  uint64_t word(size_t offset) const;
  void set_word(size_t offset, uint64_t value);
  size_t own_checksum_at() const { return head_.size() - sizeof(uint64_t); }

  size_t data_bytes_;
  size_t text_bytes_;
  size_t sums_at_;
  std::vector<std::byte> head_;
};

}  // namespace kinglet
