#include "load/model_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kinglet {

namespace {

// Linux reads at most 2^31 - 4096 bytes a call.
constexpr size_t largest_read = size_t{1} << 30;

Status unreadable(const std::string& path, const std::string& what) {
  return Status(ErrorCode::file_unreadable, path + ": " + what);
}

}  // namespace

ModelFile::~ModelFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

ModelFile::ModelFile(ModelFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(std::exchange(other.size_, 0)) {}

ModelFile& ModelFile::operator=(ModelFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

Status ModelFile::open(const std::string& path, ModelFile* file) {
  ModelFile opened;
  opened.path_ = path;
  // Without O_NONBLOCK, to open a pipe waits for whoever writes to it.
  opened.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened.descriptor_ < 0) {
    return unreadable(path, std::string("cannot be opened: ") + strerror(errno));
  }
  struct stat attributes;
  if (fstat(opened.descriptor_, &attributes) != 0) {
    return unreadable(path, std::string("cannot be examined: ") + strerror(errno));
  }
  if (!S_ISREG(attributes.st_mode)) return unreadable(path, "is not a regular file");
  if (attributes.st_size <= 0) return unreadable(path, "is empty");
  opened.size_ = static_cast<uint64_t>(attributes.st_size);
  // Only a hint: the whole of it is read once, by several threads.
  posix_fadvise(opened.descriptor_, 0, attributes.st_size, POSIX_FADV_WILLNEED);
  *file = std::move(opened);
  return Status();
}

Status ModelFile::read(uint64_t offset, size_t bytes, std::byte* out) const {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t count = pread(descriptor_, out + done, std::min(bytes - done, largest_read),
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
