#include "load/tensor_directory.h"

#include <algorithm>

namespace kinglet {

namespace {

// Far beyond any model that this library is for, and far below where a size overflows.
constexpr size_t max_weights = size_t{1} << 40;

// Present in some GGUF files and not needed: the spec already holds the scaled frequencies.
constexpr std::string_view redundant[] = {"rope_freqs.weight"};

std::string shape(size_t rows, size_t cols) {
  std::string text = "[";
  if (rows != 1) text.append(std::to_string(rows)).append(", ");
  return text.append(std::to_string(cols)).append("]");
}

Status malformed(const std::string& path, const TensorEntry& entry, const std::string& what) {
  return Status(ErrorCode::file_malformed, path + ": tensor " + entry.shown_name() + ": " + what);
}

std::string place(const TensorEntry& entry) {
  return "its " + std::to_string(entry.bytes) + " bytes at offset " + std::to_string(entry.offset);
}

/// Whether the entry's shape, format and bytes agree.
Status check_shape(const TensorEntry& entry, const std::string& path) {
  const FormatInfo* info = find_format(static_cast<uint32_t>(entry.format));
  if (info == nullptr) {
    return Status(ErrorCode::unsupported_model,
                  path + ": tensor " + entry.shown_name() + ": format number " +
                      std::to_string(static_cast<uint32_t>(entry.format)) + " is not built");
  }
  size_t weights = 0;
  if (entry.rows == 0 || entry.cols == 0 ||
      __builtin_mul_overflow(entry.rows, entry.cols, &weights) || weights > max_weights) {
    return malformed(path, entry,
                     "its shape is " + shape(entry.rows, entry.cols) + ": expected 1 to " +
                         std::to_string(max_weights) + " weights");
  }
  if (entry.cols % info->block_values != 0) {
    return malformed(path, entry,
                     "a row has " + std::to_string(entry.cols) +
                         " weights: " + std::string(info->name) + " needs a multiple of " +
                         std::to_string(info->block_values));
  }
  const uint64_t expected = entry.rows * row_bytes(*info, entry.cols);
  if (entry.bytes != expected) {
    return malformed(path, entry,
                     "it has " + std::to_string(entry.bytes) + " bytes: expected " +
                         std::to_string(expected) + " for " + shape(entry.rows, entry.cols) +
                         " in " + std::string(info->name));
  }
  if (entry.offset > UINT64_MAX - entry.bytes) {
    return malformed(path, entry, place(entry) + " end beyond any file");
  }
  return Status();
}

Status check_overlaps(const std::vector<TensorEntry>& entries,
                      const std::vector<std::string>& paths) {
  std::vector<const TensorEntry*> ordered;
  ordered.reserve(entries.size());
  for (const TensorEntry& entry : entries) ordered.push_back(&entry);
  std::sort(ordered.begin(), ordered.end(), [](const TensorEntry* a, const TensorEntry* b) {
    return a->file != b->file ? a->file < b->file : a->offset < b->offset;
  });
  for (size_t i = 1; i < ordered.size(); ++i) {
    const TensorEntry& before = *ordered[i - 1];
    const TensorEntry& after = *ordered[i];
    if (before.file == after.file && before.offset + before.bytes > after.offset) {
      return malformed(paths[after.file], after,
                       "its bytes at offset " + std::to_string(after.offset) +
                           " overlap those of " + before.shown_name() + ", which end at " +
                           std::to_string(before.offset + before.bytes));
    }
  }
  return Status();
}

}  // namespace

Status TensorDirectory::check(const std::vector<TensorEntry>& entries,
                              const std::vector<std::string>& paths,
                              const std::vector<TensorRequirement>& requirements,
                              TensorDirectory* checked) {
  std::unordered_map<std::string_view, const TensorRequirement*> required;
  for (const TensorRequirement& requirement : requirements) {
    required.emplace(requirement.name, &requirement);
  }
  checked->entries_ = &entries;
  for (const TensorEntry& entry : entries) {
    if (entry.file >= paths.size()) {
      return Status(ErrorCode::file_malformed,
                    "tensor " + entry.shown_name() + " lies in file number " +
                        std::to_string(entry.file) + ": expected one of " +
                        std::to_string(paths.size()));
    }
    const std::string& path = paths[entry.file];
    KINGLET_RETURN_IF_ERROR(check_shape(entry, path));
    if (!checked->by_name_.emplace(entry.name, &entry).second) {
      return malformed(path, entry, "it stands in the model twice");
    }
    if (std::find(std::begin(redundant), std::end(redundant), entry.name) != std::end(redundant)) {
      continue;
    }
    const auto found = required.find(entry.name);
    if (found == required.end()) {
      return Status(ErrorCode::unsupported_model,
                    path + ": tensor " + entry.shown_name() +
                        ": this architecture has no such tensor, and leaving it out would change "
                        "what the model computes");
    }
    const TensorRequirement& requirement = *found->second;
    if (entry.rows != requirement.rows || entry.cols != requirement.cols) {
      return malformed(path, entry,
                       "its shape is " + shape(entry.rows, entry.cols) + ": expected " +
                           shape(requirement.rows, requirement.cols));
    }
  }
  for (const TensorRequirement& requirement : requirements) {
    if (!requirement.optional && !checked->by_name_.contains(requirement.name)) {
      return Status(ErrorCode::file_malformed,
                    (paths.empty() ? std::string("the model") : paths[0]) + ": tensor " +
                        requirement.name + " is missing: expected " +
                        shape(requirement.rows, requirement.cols));
    }
  }
  return check_overlaps(entries, paths);
}

Status TensorDirectory::check_files(const std::vector<ModelFile>& files) const {
  for (const TensorEntry& entry : *entries_) {
    const ModelFile& file = files[entry.file];
    if (entry.offset + entry.bytes > file.size()) {
      return malformed(
          file.path(), entry,
          place(entry) + " lie outside the file's " + std::to_string(file.size()) + " bytes");
    }
  }
  return Status();
}

const TensorEntry* TensorDirectory::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace kinglet
