// What a call that takes long shares with other threads while it runs.
#pragma once

#include <atomic>
#include <cstdint>

namespace kinglet {

/// Words that other threads may read and write while a call runs (one SharedArrayBuffer of Int32).
struct Signals {
  std::atomic<int32_t>* progress = nullptr;   // loading, in thousandths
  std::atomic<int32_t>* heartbeat = nullptr;  // counts layers run
  std::atomic<int32_t>* cancel = nullptr;     // non-zero: give up between layers
};

}  // namespace kinglet
