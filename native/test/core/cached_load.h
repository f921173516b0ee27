// Loads with a cache of packed weights in a folder of its own.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "model.h"
#include "platform/signals.h"
#include "test/core/model_random.h"

namespace kinglet::test {

inline constexpr uint64_t plenty = uint64_t{1} << 30;
/// Of a sequence that shows what a model computes.
inline constexpr size_t cached_rows = 20;

/// A folder that goes with all that is in it.
class Folder {
 public:
  Folder() {
    char path[] = "/tmp/kinglet-cache-XXXXXX";
    REQUIRE(mkdtemp(path) != nullptr);
    path_ = path;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }
  std::string only_file() const {
    const auto found = names();
    REQUIRE(found.size() == 1);
    return path_ + "/" + found.front();
  }

 private:
  std::string path_;
};

/// What a model was loaded with, and what it computes.
struct Outcome {
  CacheReport report;
  int32_t written = 0;  // the last CacheWriting, or an error
  std::vector<float> logits;
};

inline int32_t last_state(const std::atomic<int32_t>& state) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (state.load() == static_cast<int32_t>(CacheWriting::under_way)) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return state.load();
}

inline Outcome run(const LoadOptions& options) {
  std::atomic<int32_t> state = 0;
  Signals signals;
  signals.packed_cache = &state;
  std::unique_ptr<Model> model;
  const Status status = Model::load(options, signals, &model);
  REQUIRE_MESSAGE(status.ok(), status.message());
  Outcome outcome{model->info().packed_cache, last_state(state), {}};
  CHECK((outcome.report.use == CacheUse::writing) == (outcome.written != 0));
  Sequence sequence{
      random_tokens(cached_rows, options.spec.vocab_size, 5), some_blocks(cached_rows, 0), 0, {}};
  advance(*model, {&sequence}, {cached_rows});
  outcome.logits = sequence.logits;
  return outcome;
}

inline LoadOptions with_cache(const RandomModel& file, const Folder& folder,
                              const std::string& isa = "", size_t threads = 2) {
  LoadOptions options = file.options(isa, threads);
  options.packed_cache = PackedCacheOptions{folder.path(), "a key", plenty};
  return options;
}

inline bool was_written(const Outcome& outcome) {
  return outcome.report.use == CacheUse::writing &&
         outcome.written == static_cast<int32_t>(CacheWriting::done);
}

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void put_content(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  REQUIRE(file.good());
}

/// Weights of several pieces.
inline ModelSpec large_spec() {
  ModelSpec spec = small_spec("qwen2");
  spec.hidden_size = 256;
  spec.ffn_size = 512;
  spec.heads = 8;
  spec.vocab_size = 40000;
  return spec;
}

}  // namespace kinglet::test
