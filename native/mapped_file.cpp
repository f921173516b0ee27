#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace kinglet {

namespace {

Status unreadable(const std::string& path, const std::string& what) {
  return Status(ErrorCode::file_unreadable, path + ": " + what);
}

}  // namespace

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Status MappedFile::open(const std::string& path, MappedFile* file) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return unreadable(path, std::string("cannot be opened: ") + strerror(errno));

  struct stat attributes;
  void* data = MAP_FAILED;
  Status status;
  if (fstat(descriptor, &attributes) != 0) {
    status = unreadable(path, std::string("cannot be examined: ") + strerror(errno));
  } else if (!S_ISREG(attributes.st_mode)) {
    status = unreadable(path, "is not a regular file");
  } else if (attributes.st_size <= 0) {
    status = unreadable(path, "is empty");
  } else {
    data = mmap(nullptr, attributes.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) {
      status = unreadable(path, std::string("cannot be mapped: ") + strerror(errno));
    }
  }
  close(descriptor);
  if (!status.ok()) return status;

  // Each tensor is read once, front to back, by several threads.
  madvise(data, attributes.st_size, MADV_WILLNEED);
  MappedFile mapped;
  mapped.path_ = path;
  mapped.data_ = static_cast<std::byte*>(data);
  mapped.size_ = static_cast<uint64_t>(attributes.st_size);
  *file = std::move(mapped);
  return Status();
}

void MappedFile::release(uint64_t offset, uint64_t bytes) const {
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  const uint64_t begin = (offset + page - 1) / page * page;
  const uint64_t end = (offset + bytes) / page * page;
  if (begin < end) madvise(data_ + begin, end - begin, MADV_DONTNEED);
}

}  // namespace kinglet
