// The folder of packed weights: whatever stands in it, and however much.
#include "load/cache_folder.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/core/cached_load.h"

using namespace kinglet;
using namespace kinglet::test;

namespace fs = std::filesystem;

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
