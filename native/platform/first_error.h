// What several threads that work on one thing report of its failure.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>

#include "platform/status.h"

namespace kinglet {

/// What went wrong first on one of several threads.
class FirstError {
 public:
  bool occurred() const { return occurred_.load(std::memory_order_relaxed); }

  void set(Status status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!occurred_.exchange(true, std::memory_order_relaxed)) status_ = std::move(status);
  }

  Status take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(status_);
  }

 private:
  std::atomic<bool> occurred_ = false;
  std::mutex mutex_;
  Status status_;
};

}  // namespace kinglet
