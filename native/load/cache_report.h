// What a load says of its cache of packed weights.
#pragma once

#include <cstdint>
#include <string>

namespace kinglet {

enum class CacheUse : uint8_t {
  none,       // none was asked for
  read,       // the weights came from it
  writing,    // they were packed, and are being written: see Signals::packed_cache
  not_usable  // they were packed, and will not be written
};

/// What became of the cache in a load.
struct CacheReport {
  CacheUse use = CacheUse::none;
  std::string path;  // of the file, or of the folder where that was not to be used
  std::string note;  // why it was not read, or will not be written; names the path
};

}  // namespace kinglet
