// Packed weights that are kept: the same bits, and nothing but them, whatever stands in the folder.
#include "load/packed_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "load/load_weights.h"
#include "load/sample_check.h"
#include "test/core/model_random.h"

using namespace kinglet;
using namespace kinglet::test;

namespace {

namespace fs = std::filesystem;

constexpr uint64_t plenty = uint64_t{1} << 30;
constexpr size_t rows = 20;

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
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path_))
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

int32_t last_state(const std::atomic<int32_t>& state) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (state.load() == static_cast<int32_t>(CacheWriting::under_way)) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return state.load();
}

Outcome run(const LoadOptions& options) {
  std::atomic<int32_t> state = 0;
  Signals signals;
  signals.packed_cache = &state;
  std::unique_ptr<Model> model;
  const Status status = Model::load(options, signals, &model);
  REQUIRE_MESSAGE(status.ok(), status.message());
  Outcome outcome{model->info().packed_cache, last_state(state), {}};
  CHECK((outcome.report.use == CacheUse::writing) == (outcome.written != 0));
  Sequence sequence{random_tokens(rows, options.spec.vocab_size, 5), some_blocks(rows, 0), 0, {}};
  advance(*model, {&sequence}, {rows});
  outcome.logits = sequence.logits;
  return outcome;
}

LoadOptions with_cache(const RandomModel& file, const Folder& folder, const std::string& isa = "",
                       size_t threads = 2) {
  LoadOptions options = file.options(isa, threads);
  options.packed_cache = PackedCacheOptions{folder.path(), "a key", plenty};
  return options;
}

bool was_written(const Outcome& outcome) {
  return outcome.report.use == CacheUse::writing &&
         outcome.written == static_cast<int32_t>(CacheWriting::done);
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_content(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  REQUIRE(file.good());
}

/// Weights of several pieces.
ModelSpec large_spec() {
  ModelSpec spec = small_spec("qwen2");
  spec.hidden_size = 256;
  spec.ffn_size = 512;
  spec.heads = 8;
  spec.vocab_size = 40000;
  return spec;
}

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

TEST_CASE("a model file tells when it has changed, unless that does not end or is not exact") {
  const Folder folder;
  const std::string path = folder / "model";
  put_content(path, "x");
  ModelFile file;
  REQUIRE(ModelFile::open(path, &file).ok());
  std::string first;
  std::string again;
  REQUIRE(file.identify(&first).ok());
  REQUIRE(file.identify(&again).ok());
  CHECK(first == again);
  put_content(path, "y");
  REQUIRE(file.identify(&again).ok());
  CHECK(first != again);

  std::atomic<bool> enough = false;
  std::thread writer([&] {
    while (!enough) put_content(path, "z");
  });
  // On a busy machine a tick may pass without a change.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  Status status;
  while (status.ok() && std::chrono::steady_clock::now() < deadline) status = file.identify(&again);
  enough = true;
  writer.join();
  CHECK(status.message() == path + ": is being changed");
  CHECK(file.identify(&again).ok());

  CHECK(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 123'456'789}));
  CHECK(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 100}));
  CHECK_FALSE(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 0}));
  CHECK_FALSE(is_exact_time({.tv_sec = 1'700'000'000, .tv_nsec = 990'000'000}));
}

TEST_CASE("what is no file of this user's is not read, and replaced where that can be done") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const Folder folder;
  const Folder elsewhere;
  const LoadOptions options = with_cache(file, folder);
  const Outcome packed = run(options);
  const std::string path = folder.only_file();
  const std::string whole = content_of(path);

  const auto check = [&] {
    const Outcome outcome = run(options);
    CHECK(was_written(outcome));
    CHECK(outcome.logits == packed.logits);
    CHECK(content_of(path) == whole);
    CHECK(fs::symlink_status(path).type() == fs::file_type::regular);
    CHECK(run(options).report.use == CacheUse::read);
  };
  fs::rename(path, elsewhere / "target");
  fs::create_symlink(elsewhere / "target", path);
  check();
  CHECK(content_of(elsewhere / "target") == whole);
  fs::remove(path);
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  check();
  REQUIRE(chmod(path.c_str(), 0622) == 0);
  check();
  struct stat attributes;
  REQUIRE(stat(path.c_str(), &attributes) == 0);
  CHECK((attributes.st_mode & 0777) == 0600);

  if (geteuid() == 0) {
    REQUIRE(chown(path.c_str(), 1, 1) == 0);
    check();
  }

  fs::remove(path);
  fs::create_directory(path);
  const Outcome outcome = run(options);
  CHECK(outcome.written == -EISDIR);
  CHECK(outcome.logits == packed.logits);
  CHECK(folder.names().size() == 1);
  CHECK(fs::is_empty(path));
}

TEST_CASE("a folder is made where it is missing; one that cannot be used is no error") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const Folder folder;
  LoadOptions options = with_cache(file, folder);
  options.packed_cache->folder = folder / "made";
  CHECK(was_written(run(options)));
  CHECK((fs::status(folder / "made").permissions() & fs::perms::all) == fs::perms::owner_all);
  CHECK(run(options).report.use == CacheUse::read);

  put_content(folder / "file", "x");
  for (const char* name : {"not/there", "file", "file/below"}) {
    CAPTURE(name);
    options.packed_cache->folder = folder / name;
    const Outcome outcome = run(options);
    CHECK(outcome.report.use == CacheUse::not_usable);
    CHECK(outcome.report.path == folder / name);
    CHECK(outcome.report.note.find(folder / name) == 0);
    CHECK(outcome.logits == run(file.options()).logits);
  }
  // Nobody makes files there, root neither.
  options.packed_cache->folder = "/proc/self";
  CHECK(run(options).written < 0);
}

TEST_CASE("a file that is too large for the system is an error number, not the end") {
  const RandomModel file(blocks_spec(), Format::q4_0);
  const Folder folder;
  rlimit before;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = 8192;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const Outcome outcome = run(with_cache(file, folder));
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(outcome.written == -EFBIG);
  CHECK(folder.names().empty());
}

TEST_CASE("the files of a folder have a bound: what was used the longest ago goes first") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const Folder folder;
  LoadOptions options = with_cache(file, folder);
  const Outcome first = run(options);
  REQUIRE(was_written(first));
  const uint64_t bytes = fs::file_size(first.report.path);
  const std::string others[] = {"kinglet-notes.packed", "model.packed",
                                "kinglet-0123456789abcdef0123456789abcdef.packed"};
  for (const std::string& name : others) put_content(folder / name, "somebody's notes");

  options.packed_cache->most_bytes = 2 * bytes + bytes / 2;
  const auto load_as = [&](const char* key) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    options.packed_cache->key = key;
    return run(options);
  };
  const Outcome second = load_as("second");
  CHECK(was_written(second));
  CHECK(load_as("a key").report.use == CacheUse::read);
  const Outcome third = load_as("third");
  CHECK(was_written(third));
  CHECK(fs::exists(first.report.path));
  CHECK_FALSE(fs::exists(second.report.path));
  CHECK(fs::exists(third.report.path));
  for (const std::string& name : others) CHECK(content_of(folder / name) == "somebody's notes");

  options.packed_cache->most_bytes = bytes;
  CHECK(was_written(load_as("fourth")));
  CHECK(folder.names().size() == 1 + std::size(others));
  options.packed_cache->most_bytes = bytes - 1;
  const Outcome large = load_as("fifth");
  CHECK(large.report.use == CacheUse::not_usable);
  CHECK(large.report.note.find(": would have " + std::to_string(bytes) + " bytes") !=
        std::string::npos);
  CHECK(folder.names().size() == std::size(others));
}

TEST_CASE("the bound holds after a load that reads too") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const Folder folder;
  LoadOptions options = with_cache(file, folder);
  const Outcome first = run(options);
  REQUIRE(was_written(first));
  options.packed_cache->key = "another key";
  REQUIRE(was_written(run(options)));
  options.packed_cache->most_bytes = fs::file_size(first.report.path);
  CHECK(run(options).report.use == CacheUse::read);
  CHECK_FALSE(fs::exists(first.report.path));
  CHECK(run(options).report.use == CacheUse::read);
}

TEST_CASE("what a process left unfinished is removed, and what another writes is not") {
  const RandomModel file(small_spec("llama"), Format::q4_0);
  const Folder folder;
  LoadOptions options = with_cache(file, folder);
  const std::string name = CacheFolder::file_name(std::string(32, 'a'));
  const auto begin = [&](UnfinishedFile* unfinished) {
    CacheFolder other;
    REQUIRE(CacheFolder::open(folder.path(), &other).ok());
    REQUIRE(other.create(name, unfinished) == 0);
    REQUIRE(ftruncate(unfinished->file.number(), 1 << 20) == 0);
  };
  UnfinishedFile locked;
  begin(&locked);
  for (const CacheUse use : {CacheUse::writing, CacheUse::read}) {
    UnfinishedFile abandoned;
    begin(&abandoned);
    abandoned.file = Descriptor();
    put_content(folder / (name + "." + std::string(16, '0') + ".unfinished"), "");
    CHECK(run(options).report.use == use);
    CHECK(folder.names().size() == 2);
    CHECK(fs::exists(folder / locked.name));
  }

  options.packed_cache->key = "another key";
  options.packed_cache->most_bytes = 1 << 20;
  CHECK(run(options).written == -EBUSY);
  CHECK(folder.names().size() == 1);
  CHECK(fs::exists(folder / locked.name));
}

TEST_CASE("loads at once leave one sound file") {
  const RandomModel file(large_spec(), Format::q8_0);
  const Folder folder;
  const LoadOptions options = with_cache(file, folder, "", 1);
  const std::vector<float> expected = run(file.options()).logits;
  Outcome outcomes[3];
  std::vector<std::thread> threads;
  for (Outcome& outcome : outcomes) {
    threads.emplace_back([&options, &outcome] { outcome = run(options); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Outcome& outcome : outcomes) {
    CHECK((was_written(outcome) || outcome.report.use == CacheUse::read));
    CHECK(outcome.logits == expected);
  }
  CHECK(folder.names().size() == 1);
  CHECK(run(options).report.use == CacheUse::read);
}

TEST_CASE("a model that is closed while its cache is written leaves a whole file or none") {
  const RandomModel file(large_spec(), Format::q8_0);
  const Folder folder;
  const LoadOptions options = with_cache(file, folder);
  std::atomic<int32_t> state = 0;
  Signals signals;
  signals.packed_cache = &state;
  std::unique_ptr<Model> model;
  REQUIRE(Model::load(options, signals, &model).ok());
  model.reset();
  const auto ended = static_cast<CacheWriting>(state.load());
  CHECK((ended == CacheWriting::done || ended == CacheWriting::given_up));
  CHECK(folder.names().size() == (ended == CacheWriting::done ? 1 : 0));
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
