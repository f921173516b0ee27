// Packed weights that are kept: the same bits, and nothing but them.
#include "load/packed_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "load/load_weights.h"
#include "load/sample_check.h"
#include "test/core/cached_load.h"

using namespace kinglet;
using namespace kinglet::test;

namespace {

namespace fs = std::filesystem;

/// Weights as load_weights() leaves them.
struct Loaded {
  explicit Loaded(const LoadOptions& load_options) : options(load_options), pool(2) {
    const KernelTable* kernels = nullptr;
    REQUIRE(choose_kernels(options.isa, &kernels).ok());
    const Architecture* architecture = find_architecture(options.spec.architecture);
    REQUIRE(WeightPlan::make(options, *architecture, *kernels, &weights, &plan).ok());
    const Status status = load_weights(options, plan, pool, {}, mapped, &weights, &cache);
    REQUIRE_MESSAGE(status.ok(), status.message());
  }
  std::string bytes() const {
    return {reinterpret_cast<const char*>(weights.memory.data()), weights.memory.size()};
  }

  MappedBytes mapped;
  const LoadOptions options;
  ThreadPool pool;
  Weights weights;
  WeightPlan plan;
  PackedCache cache;
};

}  // namespace

TEST_CASE("weights from the cache are those that were packed, to the last bit") {
  for (const std::string& isa : available_isas()) {
    for (const FormatInfo& info : formats()) {
      CAPTURE(isa);
      CAPTURE(info.name);
      const RandomModel file(spec_of_blocks(info), info.format, /*tied=*/false);
      const Folder folder;
      const LoadOptions options = with_cache(file, folder, isa);
      const Outcome packed = run(options);
      CHECK(was_written(packed));
      CHECK(packed.report.note == packed.report.path + ": is not there yet");
      CHECK(packed.report.path == folder.only_file());
      const Outcome read = run(options);
      CHECK(read.report.use == CacheUse::read);
      CHECK(read.report.note.empty());
      CHECK(read.logits == packed.logits);
      CHECK(run(file.options(isa, 1)).logits == packed.logits);
    }
  }
}

TEST_CASE("a cache of several pieces holds the weights' bytes, whatever the number of threads") {
  const RandomModel file(large_spec(), Format::q8_0);
  const Folder folder;
  const LoadOptions options = with_cache(file, folder);
  CHECK(was_written(run(options)));
  const Loaded plain(file.options());
  REQUIRE(plain.weights.memory.size() > 2 * CacheHead::piece_bytes);
  for (const size_t threads : {1, 2, 3}) {
    LoadOptions again = options;
    again.threads = threads;
    const Loaded read(again);
    CHECK(read.cache.was_read());
    CHECK(read.bytes() == plain.bytes());
    CHECK(read.mapped.now() == plain.mapped.now());
  }
}

TEST_CASE("what is rounded or dequantized has a cache of its own") {
  const RandomModel file(blocks_spec(), Format::f32);
  const Folder folder;
  LoadOptions options = with_cache(file, folder);
  CHECK(was_written(run(options)));
  options.quantize_to = Format::q4_0;
  CHECK(was_written(run(options)));
  CHECK(run(options).report.use == CacheUse::read);
  options.quantize_to = Format::q8_0;
  CHECK(was_written(run(options)));
  CHECK(folder.names().size() == 3);
}

TEST_CASE("a file that is damaged or cut anywhere is packed anew and written anew") {
  const RandomModel file(large_spec(), Format::q8_0);
  const Folder folder;
  const LoadOptions options = with_cache(file, folder);
  const Outcome packed = run(options);
  REQUIRE(was_written(packed));
  const std::string path = folder.only_file();
  const std::string whole = content_of(path);
  const Loaded plain(file.options());
  const size_t data = whole.size() - plain.weights.memory.size();

  const auto check = [&](const std::string& content) {
    put_content(path, content);
    const Outcome outcome = run(options);
    CHECK(was_written(outcome));
    CHECK(outcome.report.note.find(path + ": ") == 0);
    CHECK(outcome.logits == packed.logits);
    CHECK(folder.only_file() == path);
    CHECK(content_of(path) == whole);
  };
  const size_t text = whole.find('\0');
  for (const size_t place :
       {size_t{0}, cache_magic.size() - 2, text / 2, text, text + 16, text + 60, data - 16,
        data - 1, data, data + 63, data + CacheHead::piece_bytes - 1, data + CacheHead::piece_bytes,
        (data + whole.size()) / 2, whole.size() - 1}) {
    CAPTURE(place);
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
    check(damaged);
  }
  for (const size_t size : {size_t{0}, size_t{1}, text, data - 1, data, data + 4096,
                            whole.size() - 4096, whole.size() - 1}) {
    CAPTURE(size);
    check(whole.substr(0, size));
  }
  check(whole + "x");
  std::string exchanged = whole;
  std::swap_ranges(&exchanged[data], &exchanged[data + 4096],
                   &exchanged[data + CacheHead::piece_bytes]);
  check(exchanged);
}

TEST_CASE("a file of other weights, another build or instruction set is not taken for this one's") {
  const RandomModel file(blocks_spec(), Format::q4_0);
  const RandomModel other(blocks_spec(), Format::q4_1);
  const Folder folder;
  const LoadOptions options = with_cache(file, folder);
  const Outcome packed = run(options);
  const std::string path = folder.only_file();

  LoadOptions newer = options;
  newer.packed_cache->key = "another key";
  std::vector<LoadOptions> foreign{newer, with_cache(other, folder)};
  if (available_isas().size() > 1) foreign.push_back(with_cache(file, folder, "scalar"));
  for (const LoadOptions& theirs : foreign) {
    const Outcome outcome = run(theirs);
    REQUIRE(was_written(outcome));
    REQUIRE(outcome.report.path != path);
    fs::rename(outcome.report.path, path);
    const Outcome again = run(options);
    CHECK(was_written(again));
    CHECK(again.report.path == path);
    CHECK(again.report.note.find(path + ": ") == 0);
    CHECK(again.logits == packed.logits);
    CHECK(run(options).report.use == CacheUse::read);
  }
}

TEST_CASE("a model file that is changed in place, its times put back, is packed anew") {
  const RandomModel file(small_spec("llama"), Format::f32);
  RandomModel changed(small_spec("llama"), Format::f32);
  const Folder folder;
  const LoadOptions options = with_cache(file, folder);
  REQUIRE(was_written(run(options)));
  CHECK(run(options).report.use == CacheUse::read);

  const std::string& path = options.files.front();
  struct stat before;
  REQUIRE(stat(path.c_str(), &before) == 0);
  changed.poison("blk.1.ffn_up.weight", 7, 0.5F);
  put_content(path, content_of(changed.options().files.front()));
  const timespec times[] = {before.st_atim, before.st_mtim};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  struct stat after;
  REQUIRE(stat(path.c_str(), &after) == 0);
  REQUIRE(after.st_size == before.st_size);
  REQUIRE(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);

  const Outcome outcome = run(options);
  CHECK(was_written(outcome));
  CHECK(outcome.report.note.ends_with(
      ": is of other weights, or of another build or instruction set"));
  CHECK(outcome.logits == run(changed.options()).logits);
  CHECK(run(options).report.use == CacheUse::read);
  CHECK(folder.names().size() == 1);
}

TEST_CASE("weights are compared with samples of the model's files") {
  for (const FormatInfo& info : formats()) {
    CAPTURE(info.name);
    const RandomModel file(spec_of_blocks(info), info.format, /*tied=*/false);
    const Loaded loaded(file.options());
    std::vector<ModelFile> files(1);
    REQUIRE(ModelFile::open(loaded.options.files.front(), &files.front()).ok());
    const RowReader reader(files);
    MappedBytes mapped;
    CHECK(check_samples(loaded.plan.placements(), reader, mapped).ok());
    CHECK(mapped.now() == 0);

    // Each tensor in turn holds another's weights: its own in another order.
    const std::string& path = loaded.options.files.front();
    const std::string whole = content_of(path);
    for (const TensorEntry& entry : loaded.options.tensors) {
      CAPTURE(entry.name);
      std::string content = whole;
      const auto begin = content.begin() + static_cast<ptrdiff_t>(entry.offset);
      const auto row =
          static_cast<ptrdiff_t>(entry.rows == 1 ? sizeof(float) : entry.bytes / entry.rows);
      std::rotate(begin, begin + row, begin + static_cast<ptrdiff_t>(entry.bytes));
      put_content(path, content);
      const Status status = check_samples(loaded.plan.placements(), reader, mapped);
      CHECK(status.code() == ErrorCode::file_malformed);
      CHECK(status.message() == "its " + entry.name + " is not that of the model's file");
    }
  }
}

TEST_CASE("a model file that changes while it is packed is not kept") {
  const RandomModel file(small_spec("llama"), Format::f32);
  const Folder folder;
  Loaded loaded(with_cache(file, folder));
  std::vector<ModelFile> files(1);
  const std::string& path = loaded.options.files.front();
  REQUIRE(ModelFile::open(path, &files.front()).ok());
  PackedCache cache;
  cache.open(*loaded.options.packed_cache, files, loaded.plan, loaded.weights.memory);
  cache.check_unchanged(files);
  CHECK(cache.report().use == CacheUse::none);
  put_content(path, content_of(path));
  cache.check_unchanged(files);
  CHECK(cache.report().use == CacheUse::not_usable);
  CHECK(cache.report().note ==
        cache.report().path +
            ": is not written, as the model's files changed while they were read");
  cache.start_writing(loaded.weights.memory, nullptr).reset();
  CHECK(cache.report().use == CacheUse::not_usable);
  CHECK(folder.names().empty());
}

TEST_CASE("reading a cache can be given up") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const Folder folder;
  const LoadOptions options = with_cache(file, folder);
  REQUIRE(was_written(run(options)));
  std::atomic<int32_t> cancel = 1;
  Signals signals;
  signals.cancel = &cancel;
  std::unique_ptr<Model> model;
  CHECK(Model::load(options, signals, &model).code() == ErrorCode::cancelled);
}
