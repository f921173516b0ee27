// What a call that takes long shares with other threads while it runs.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kinglet {

/// The place of each word in the array that is shared.
enum SignalWord : size_t {
  signal_progress,
  signal_heartbeat,
  signal_cancel,
  signal_delivering,
  signal_packed_cache,
  signal_words
};

/// How far a file of packed weights is written; a system's error number, negated, where that
/// failed.
enum class CacheWriting : int32_t { none, under_way, done, given_up };

/// Words that other threads may read and write while a call runs (one SharedArrayBuffer of Int32).
struct Signals {
  std::atomic<int32_t>* progress = nullptr;      // loading, in thousandths
  std::atomic<int32_t>* heartbeat = nullptr;     // counts layers run
  std::atomic<int32_t>* cancel = nullptr;        // non-zero: give up between layers
  std::atomic<int32_t>* delivering = nullptr;    // non-zero: somebody hands out what a step brought
  std::atomic<int32_t>* packed_cache = nullptr;  // a CacheWriting

  bool cancelled() const {
    return cancel != nullptr && cancel->load(std::memory_order_relaxed) != 0;
  }
  /// `done` of `total` is loaded.
  void report_progress(uint64_t done, uint64_t total) const {
    if (progress == nullptr) return;
    const double share = static_cast<double>(done) / static_cast<double>(total);
    progress->store(static_cast<int32_t>(1000.0 * share), std::memory_order_relaxed);
  }
};

}  // namespace kinglet
