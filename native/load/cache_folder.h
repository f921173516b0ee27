// The folder in which files of packed weights are kept: who may be read, and how much there may be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/descriptor.h"
#include "platform/status.h"

namespace kinglet {

/// The first bytes of every file of packed weights.
inline constexpr std::string_view cache_magic = "kinglet packed weights 1\n";

/// A file under a name of its own beside those that are whole, locked while it is written. Its
/// owner gives it its name, or it is removed.
struct UnfinishedFile {
  std::string name;
  Descriptor file;
};

class CacheFolder {
 public:
  /// Opens a folder, and makes it where it is not there but the one that it lies in is.
  static Status open(const std::string& path, CacheFolder* folder);

  /// The file's name for what 32 hexadecimal `digits` stand for.
  static std::string file_name(const std::string& digits) {
    return "kinglet-" + digits + ".packed";
  }
  bool is_open() const { return folder_.is_open(); }
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  /// Opens a regular file that belongs to this user and that no other user may write to: it is no
  /// link, nor waited for. Its size is `bytes`, or it is refused.
  Status open_file(const std::string& name, uint64_t bytes, Descriptor* file) const;

  // The rest is for the thread that writes: an error is the system's number, 0 is success.

  /// Removes what has the name but is no regular file of this user's, such as a link: where that
  /// can't be done, no file can get the name either.
  int clear_foreign(const std::string& name) const;
  /// Removes what others began and did not finish, and then the files that were used the longest
  /// ago until `bytes` more make at most `most_bytes`; `replaced` goes first. Only Kinglet's own
  /// files are counted and removed: regular ones of this user's with its names and its first bytes.
  int make_room(uint64_t bytes, uint64_t most_bytes, const std::string& replaced) const;
  /// The file has the first bytes of every such file already, by which make_room() knows it.
  int create(const std::string& name, UnfinishedFile* unfinished) const;
  /// Gives a file that is complete and on the disk its name, whatever had it before.
  int finish(const UnfinishedFile& unfinished, const std::string& name) const;
  void remove(const std::string& name) const;

 private:
  std::string path_;
  Descriptor folder_;
};

}  // namespace kinglet
