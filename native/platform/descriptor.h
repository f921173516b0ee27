// An open file of the operating system's, closed when its owner goes.
#pragma once

#include <unistd.h>

#include <utility>

namespace kinglet {

class Descriptor {
 public:
  Descriptor() = default;
  /// Takes over what open() returned; negative: none.
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  /// Gives it to a new owner, who closes it.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

}  // namespace kinglet
