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
  signal_words
};

/// Words that other threads may read and write while a call runs (one SharedArrayBuffer of Int32).
struct Signals {
  std::atomic<int32_t>* progress = nullptr;    // loading, in thousandths
  std::atomic<int32_t>* heartbeat = nullptr;   // counts layers run
  std::atomic<int32_t>* cancel = nullptr;      // non-zero: give up between layers
  std::atomic<int32_t>* delivering = nullptr;  // non-zero: somebody hands out what a step brought
};

}  // namespace kinglet
