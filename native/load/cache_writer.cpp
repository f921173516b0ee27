#include "load/cache_writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <new>
#include <utility>

#include "platform/checksum.h"

namespace kinglet {

namespace {

constexpr int lowest_priority = 19;
/// Pieces that go to the disk together.
constexpr size_t pieces_a_batch = (4 << 20) / CacheHead::piece_bytes;
/// How many batches the disk may be behind.
constexpr size_t batches_under_way = 2;

/// 0, or the system's error number.
int write_whole(int file, const std::byte* data, size_t bytes, uint64_t offset) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t count =
        pwrite(file, data + done, bytes - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    done += static_cast<size_t>(count);
  }
  return 0;
}

/// Has a disk that is full say so before anything is written, where the file system can do that,
/// and others see how large the file will be.
int reserve(int file, uint64_t bytes) {
  if (fallocate(file, 0, 0, static_cast<off_t>(bytes)) == 0) return 0;
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) return errno;
  return ftruncate(file, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

void set_state(const CacheTask& task, int32_t state) {
  if (task.state != nullptr) task.state->store(state, std::memory_order_release);
}

void set_state(const CacheTask& task, CacheWriting state) {
  set_state(task, static_cast<int32_t>(state));
}

}  // namespace

CacheWriter::CacheWriter(CacheTask task) : task_(std::move(task)) {
  if (task_.head) set_state(task_, CacheWriting::under_way);
  // Signals are other threads' business; and SIGXFSZ, which this one could cause, would end the
  // process, where blocked it leaves an error.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    set_state(task_, CacheWriting::none);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

CacheWriter::~CacheWriter() {
  stopping_.store(true, std::memory_order_relaxed);
  thread_.join();
}

void CacheWriter::run() {
  pthread_setname_np(pthread_self(), "kinglet-cache");
  // Linux has a priority for each thread.
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), lowest_priority);
  int error = 0;
  try {
    error = task_.head ? write(*task_.head) : task_.folder.make_room(0, task_.most_bytes, "");
  } catch (const std::bad_alloc&) {
    error = ENOMEM;
  }
  if (!task_.head) return;
  if (error == 0) {
    set_state(task_, CacheWriting::done);
  } else if (error == ECANCELED) {
    set_state(task_, CacheWriting::given_up);
  } else {
    set_state(task_, -error);
  }
}

int CacheWriter::write(CacheHead head) const {
  const CacheFolder& folder = task_.folder;
  const uint64_t bytes = head.file_bytes();
  if (const int error = folder.clear_foreign(task_.name)) return error;
  if (const int error = folder.make_room(bytes, task_.most_bytes, task_.name)) return error;
  UnfinishedFile unfinished;
  int error = folder.create(task_.name, &unfinished);
  const int file = unfinished.file.number();
  if (error == 0) error = reserve(file, bytes);
  // Another process may have begun a file since: now each of the two sees the other's.
  if (error == 0) error = folder.make_room(0, task_.most_bytes, task_.name);
  if (error == 0) error = write_data(file, head);
  if (error == 0) error = write_whole(file, head.seal().data(), head.bytes(), 0);
  if (error == 0 && fsync(file) != 0) error = errno;
  if (error == 0) error = folder.finish(unfinished, task_.name);
  if (error != 0 && unfinished.file.is_open()) folder.remove(unfinished.name);
  return error;
}

int CacheWriter::write_data(int file, CacheHead& head) const {
  const auto file_offset = [&](size_t piece) {
    return head.bytes() + std::min(CacheHead::piece_begin(piece), head.data_bytes());
  };
  for (size_t begin = 0; begin < head.pieces(); begin += pieces_a_batch) {
    if (stopping_.load(std::memory_order_relaxed)) return ECANCELED;
    const size_t end = std::min(begin + pieces_a_batch, head.pieces());
    for (size_t piece = begin; piece < end; ++piece) {
      const std::byte* data = task_.data + CacheHead::piece_begin(piece);
      const size_t bytes = head.piece_size(piece);
      head.set_piece_checksum(piece, checksum(data, bytes));
      if (const int error = write_whole(file, data, bytes, file_offset(piece))) return error;
    }
    // Only hints: the last word is fsync's.
    sync_file_range(file, static_cast<off_t>(file_offset(begin)),
                    static_cast<off_t>(file_offset(end) - file_offset(begin)),
                    SYNC_FILE_RANGE_WRITE);
    if (begin < batches_under_way * pieces_a_batch) continue;
    const size_t earlier = begin - batches_under_way * pieces_a_batch;
    sync_file_range(
        file, static_cast<off_t>(file_offset(earlier)),
        static_cast<off_t>(file_offset(earlier + pieces_a_batch) - file_offset(earlier)),
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  }
  return 0;
}

}  // namespace kinglet
