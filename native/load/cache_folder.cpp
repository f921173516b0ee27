#include "load/cache_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace kinglet {

namespace {

constexpr std::string_view unfinished_ending = ".unfinished";
constexpr size_t random_digits = 16;

Status unusable(const std::string& path, const std::string& what) {
  return Status(ErrorCode::file_unreadable, path + ": " + what);
}

bool are_digits(std::string_view text, size_t count) {
  return text.size() == count &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Takes `ending` off; whether it was there.
bool strip(std::string_view& name, std::string_view ending) {
  if (!name.ends_with(ending)) return false;
  name.remove_suffix(ending.size());
  return true;
}

enum class OwnName : uint8_t { no, whole, unfinished };

OwnName own_name(std::string_view name) {
  OwnName kind = OwnName::whole;
  if (strip(name, unfinished_ending)) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || !are_digits(name.substr(dot + 1), random_digits)) {
      return OwnName::no;
    }
    name = name.substr(0, dot);
    kind = OwnName::unfinished;
  }
  constexpr std::string_view begin = "kinglet-";
  if (!name.starts_with(begin) || !strip(name, ".packed")) return OwnName::no;
  return are_digits(name.substr(begin.size()), 32) ? kind : OwnName::no;
}

/// Opens an entry of a folder if it is a regular file of this user's.
Descriptor open_own(int folder, const char* name, struct stat* attributes) {
  // Without O_NONBLOCK, to open a pipe waits for whoever writes to it.
  Descriptor file(openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.is_open() && (fstat(file.number(), attributes) != 0 || !S_ISREG(attributes->st_mode) ||
                         attributes->st_uid != geteuid())) {
    return Descriptor();
  }
  return file;
}

/// Whether a file begins as Kinglet's do; one that was only just begun may be shorter.
bool has_magic(int file, OwnName kind) {
  char first[cache_magic.size()];
  const ssize_t count = pread(file, first, sizeof first, 0);
  if (count < 0 || (kind == OwnName::whole && static_cast<size_t>(count) < sizeof first)) {
    return false;
  }
  return cache_magic.starts_with(std::string_view(first, static_cast<size_t>(count)));
}

/// Has has_magic() know a file that is never finished.
int mark(int file) {
  const ssize_t count = pwrite(file, cache_magic.data(), cache_magic.size(), 0);
  if (count < 0) return errno;
  return static_cast<size_t>(count) == cache_magic.size() ? 0 : ENOSPC;
}

struct OwnFile {
  std::string name;
  uint64_t bytes;
  bool replaced;
  timespec used;

  /// The first to go is the least.
  std::tuple<bool, time_t, long, std::string_view> order() const {
    return {!replaced, used.tv_sec, used.tv_nsec, name};
  }
};

}  // namespace

Status CacheFolder::open(const std::string& path, CacheFolder* folder) {
  CacheFolder opened;
  opened.path_ = path;
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    const int error = errno;
    if (access(path.c_str(), F_OK) != 0) {
      return unusable(path, std::string("is not there and cannot be made: ") + strerror(error));
    }
  }
  opened.folder_ = Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.folder_.is_open()) {
    return unusable(path, std::string("cannot be opened: ") + strerror(errno));
  }
  *folder = std::move(opened);
  return Status();
}

Status CacheFolder::open_file(const std::string& name, uint64_t bytes, Descriptor* file) const {
  const std::string path = path_of(name);
  struct stat attributes;
  errno = 0;
  Descriptor opened = open_own(folder_.number(), name.c_str(), &attributes);
  if (!opened.is_open()) {
    return unusable(path, errno == 0        ? "is no regular file of this user's"
                          : errno == ENOENT ? "is not there yet"
                                            : std::string("cannot be opened: ") + strerror(errno));
  }
  if ((attributes.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return unusable(path, "can be written by other users");
  }
  if (attributes.st_size < 0 || static_cast<uint64_t>(attributes.st_size) != bytes) {
    return unusable(path, "has " + std::to_string(attributes.st_size) + " bytes instead of " +
                              std::to_string(bytes));
  }
  // The files that were used the longest ago are the first to go. Only a hint: the folder may be
  // one that nobody can write to.
  futimens(opened.number(), nullptr);
  *file = std::move(opened);
  return Status();
}

int CacheFolder::clear_foreign(const std::string& name) const {
  struct stat attributes;
  if (open_own(folder_.number(), name.c_str(), &attributes).is_open()) return 0;
  return unlinkat(folder_.number(), name.c_str(), 0) == 0 || errno == ENOENT ? 0 : errno;
}

int CacheFolder::make_room(uint64_t bytes, uint64_t most_bytes, const std::string& replaced) const {
  if (bytes > most_bytes) return EFBIG;
  // A descriptor of its own, as each open folder has one place that it is read at.
  Descriptor listed(openat(folder_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!listed.is_open()) return errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(listed.number()), closedir);
  if (entries == nullptr) return errno;
  static_cast<void>(listed.release());  // closed with `entries`

  std::vector<OwnFile> removable;
  uint64_t total = 0;
  while (const dirent* entry = readdir(entries.get())) {
    const OwnName kind = own_name(entry->d_name);
    if (kind == OwnName::no) continue;
    struct stat attributes;
    const Descriptor file = open_own(folder_.number(), entry->d_name, &attributes);
    if (!file.is_open() || !has_magic(file.number(), kind)) continue;
    const auto size = static_cast<uint64_t>(attributes.st_size);
    if (kind == OwnName::unfinished && flock(file.number(), LOCK_EX | LOCK_NB) == 0) {
      remove(entry->d_name);
      continue;
    }
    total += size;
    if (kind == OwnName::unfinished) continue;
    removable.push_back({.name = entry->d_name,
                         .bytes = size,
                         .replaced = entry->d_name == replaced,
                         .used = attributes.st_mtim});
  }
  std::sort(removable.begin(), removable.end(),
            [](const OwnFile& a, const OwnFile& b) { return a.order() < b.order(); });
  for (const OwnFile& file : removable) {
    if (total <= most_bytes - bytes) break;
    remove(file.name);
    total -= file.bytes;
  }
  // What is left is being written by other processes.
  return total <= most_bytes - bytes ? 0 : EBUSY;
}

int CacheFolder::create(const std::string& name, UnfinishedFile* unfinished) const {
  constexpr int attempts = 16;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random) return errno;
    char digits[random_digits + 1];
    snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(random));
    unfinished->name = name + "." + digits + std::string(unfinished_ending);
    unfinished->file =
        Descriptor(openat(folder_.number(), unfinished->name.c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (unfinished->file.is_open()) {
      // Tells make_room() of other processes that it is not abandoned; one that came before the
      // lock has removed it.
      flock(unfinished->file.number(), LOCK_EX);
      struct stat attributes;
      if (fstat(unfinished->file.number(), &attributes) != 0) return errno;
      if (attributes.st_nlink > 0) return mark(unfinished->file.number());
      continue;
    }
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}

int CacheFolder::finish(const UnfinishedFile& unfinished, const std::string& name) const {
  if (renameat(folder_.number(), unfinished.name.c_str(), folder_.number(), name.c_str()) != 0) {
    return errno;
  }
  return fsync(folder_.number()) == 0 ? 0 : errno;
}

void CacheFolder::remove(const std::string& name) const {
  unlinkat(folder_.number(), name.c_str(), 0);
}

}  // namespace kinglet
