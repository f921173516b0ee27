// The tensors that a model's files hold, checked before a byte of them is used.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "load/load_options.h"
#include "load/model_file.h"
#include "platform/status.h"

namespace kinglet {

/// A tensor that an architecture needs.
struct TensorRequirement {
  std::string name;
  size_t rows;
  size_t cols;
  bool optional = false;
};

class TensorDirectory {
 public:
  /// Checks every entry against the others and against what the architecture needs: that its file
  /// is one of `paths`, that its bytes are those of its shape, that names are unique, that no two
  /// overlap, that each is required (but for a few that are known to be redundant) and has the
  /// required shape, and that none that is required is missing. Opens no file. `entries` outlives
  /// the directory.
  static Status check(const std::vector<TensorEntry>& entries,
                      const std::vector<std::string>& paths,
                      const std::vector<TensorRequirement>& requirements, TensorDirectory* checked);

  /// Checks that every tensor lies inside its file. `files` are those of `paths`.
  Status check_files(const std::vector<ModelFile>& files) const;

  /// The entry of a name, or null.
  const TensorEntry* find(const std::string& name) const;

 private:
  const std::vector<TensorEntry>* entries_ = nullptr;
  std::unordered_map<std::string_view, const TensorEntry*> by_name_;
};

}  // namespace kinglet
