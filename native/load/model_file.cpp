#include "load/model_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace kinglet {

namespace {

// Linux reads at most 2^31 - 4096 bytes a call.
constexpr size_t largest_read = size_t{1} << 30;

// Of the clock that stamps files: 100 Hz is the slowest that Linux is built with. Nanoseconds.
constexpr int64_t longest_tick = 10'000'000;
constexpr int most_waits = 10;

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Status unreadable(const std::string& path, const std::string& what) {
  return Status(ErrorCode::file_unreadable, path + ": " + what);
}

}  // namespace

bool is_exact_time(const timespec& time) { return nanoseconds(time) % longest_tick != 0; }

Status ModelFile::open(const std::string& path, ModelFile* file) {
  ModelFile opened;
  opened.path_ = path;
  // Without O_NONBLOCK, to open a pipe waits for whoever writes to it.
  opened.descriptor_ = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!opened.descriptor_.is_open()) {
    return unreadable(path, std::string("cannot be opened: ") + strerror(errno));
  }
  struct stat attributes;
  if (fstat(opened.descriptor_.number(), &attributes) != 0) {
    return unreadable(path, std::string("cannot be examined: ") + strerror(errno));
  }
  if (!S_ISREG(attributes.st_mode)) return unreadable(path, "is not a regular file");
  if (attributes.st_size <= 0) return unreadable(path, "is empty");
  opened.size_ = static_cast<uint64_t>(attributes.st_size);
  *file = std::move(opened);
  return Status();
}

Status ModelFile::identify(std::string* identity) const {
  int64_t changed_before = 0;
  for (int wait = 0; wait <= most_waits; ++wait) {
    struct stat attributes;
    if (fstat(descriptor_.number(), &attributes) != 0) {
      return unreadable(path_, std::string("cannot be examined: ") + strerror(errno));
    }
    if (!is_exact_time(attributes.st_ctim)) {
      return unreadable(path_, "lies on a file system that does not note times of change exactly");
    }
    const int64_t changed = nanoseconds(attributes.st_ctim);
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    // A time to come is of another machine's clock, or of this one's before it was set back: it is
    // old enough when a tick has passed without another.
    if (nanoseconds(now) - changed >= longest_tick || changed == changed_before) {
      *identity = std::to_string(attributes.st_ino) + " " + std::to_string(attributes.st_size) +
                  " " + std::to_string(nanoseconds(attributes.st_mtim)) + " " +
                  std::to_string(changed);
      return Status();
    }
    changed_before = changed;
    const timespec tick = {.tv_sec = 0, .tv_nsec = longest_tick};
    nanosleep(&tick, nullptr);
  }
  return unreadable(path_, "is being changed");
}

void ModelFile::read_ahead() const { read_ahead(0, size_); }

void ModelFile::read_ahead(uint64_t offset, uint64_t bytes) const {
  posix_fadvise(descriptor_.number(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                POSIX_FADV_WILLNEED);
}

Status ModelFile::read(uint64_t offset, size_t bytes, std::byte* out) const {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t count =
        pread(descriptor_.number(), out + done, std::min(bytes - done, largest_read),
              static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return unreadable(path_, "cannot be read at byte " + std::to_string(offset + done) + ": " +
                                   strerror(errno));
    }
    if (count == 0) {
      return Status(ErrorCode::file_malformed,
                    path_ + ": ends at byte " + std::to_string(offset + done) + ", where " +
                        std::to_string(bytes - done) +
                        " more were expected: it became shorter while it was loaded");
    }
    done += static_cast<size_t>(count);
  }
  return Status();
}

}  // namespace kinglet
