// A plugin of qemu-user that counts what a program executes between its marks, and where.
//
// A mark is pwrite of no bytes at the position `id`: harmless to the program, whatever it is
// written in, and seen here. At each, and at the end (as "end"), a line "mark ID SIMD MEMORY OTHER"
// with the instructions since the last one: SIMD and floating point, loads and stores, and the
// rest. With places=on a line "at SIMD MEMORY OTHER OFFSET FILE" follows for each block of code
// that ran in between: where it begins in the file that it was mapped from, or "0 -" of code that
// was made at run time.
//
// Arguments: out=FILE (standard error without it), places=on.
//
// Debian's qemu-user can load plugins but ships no qemu-plugin.h, so the few functions in use are
// declared here as QEMU's documentation has them (docs/devel/tcg-plugins.rst, version 1).
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

extern "C" {
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
using qemu_plugin_id_t = uint64_t;

size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* block);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* block, size_t index);
const void* qemu_plugin_insn_data(const qemu_plugin_insn* instruction);
void* qemu_plugin_insn_haddr(const qemu_plugin_insn* instruction);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb* block, int operation, void* counter,
                                              uint64_t addend);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id,
                                          void (*called)(qemu_plugin_id_t, unsigned cpu,
                                                         int64_t number, uint64_t, uint64_t,
                                                         uint64_t, uint64_t, uint64_t, uint64_t,
                                                         uint64_t, uint64_t));
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*ends)(qemu_plugin_id_t, void*),
                                    void* argument);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
}

namespace {

constexpr int add_u64 = 0;                // QEMU_PLUGIN_INLINE_ADD_U64
constexpr int64_t aarch64_pwrite64 = 68;  // the system call's number

enum Kind { simd, memory, other, kinds };

/// By bits 28 to 25 of the encoding (Arm Architecture Reference Manual, C4.1).
Kind kind_of(uint32_t encoding) {
  const uint32_t group = encoding >> 25 & 15;
  if ((group & 7) == 7) return simd;
  if ((group & 5) == 4) return memory;
  return other;
}

/// Part of a file, in this process's memory: qemu maps what the program maps.
struct Mapping {
  uintptr_t begin, end;
  uint64_t offset;
  std::string file;  // "-": none
};

/// Code that runs from its first instruction to its last, as qemu translated it.
struct Block {
  uint64_t offset;
  size_t file;
  uint64_t instructions[kinds] = {};
  uint64_t executed = 0;  // times; qemu adds to it
  uint64_t at_last_mark = 0;
};

std::mutex lock;  // threads translate while one marks
std::vector<Mapping> mappings;
std::vector<std::string> files;
std::deque<Block> blocks;  // whose addresses stay
FILE* out = stderr;
bool with_places = false;

void read_mappings() {
  mappings.clear();
  FILE* maps = std::fopen("/proc/self/maps", "r");
  if (maps == nullptr) return;
  char line[4096];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    Mapping mapping;
    int path = 0;
    if (std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %" SCNx64 " %*s %*s %n", &mapping.begin,
                    &mapping.end, &mapping.offset, &path) < 3) {
      continue;
    }
    mapping.file.assign(line + path, std::strcspn(line + path, "\n"));
    if (!mapping.file.starts_with('/')) mapping.file = "-";
    mappings.push_back(mapping);
  }
  std::fclose(maps);
}

const Mapping* find_mapping(uintptr_t address) {
  for (const Mapping& mapping : mappings) {
    if (mapping.begin <= address && address < mapping.end) return &mapping;
  }
  return nullptr;
}

size_t number_of(const std::string& file) {
  for (size_t i = 0; i < files.size(); ++i) {
    if (files[i] == file) return i;
  }
  files.push_back(file);
  return files.size() - 1;
}

/// Where in which file the code at an address of this process lies.
Block place_of(uintptr_t address) {
  const Mapping* mapping = find_mapping(address);
  if (mapping == nullptr) {
    read_mappings();
    mapping = find_mapping(address);
  }
  if (mapping == nullptr || mapping->file == "-") return {.offset = 0, .file = number_of("-")};
  return {.offset = address - mapping->begin + mapping->offset, .file = number_of(mapping->file)};
}

void count_block(qemu_plugin_id_t, qemu_plugin_tb* code) {
  const std::lock_guard guard(lock);
  const auto first = qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(code, 0));
  Block& block = blocks.emplace_back(place_of(reinterpret_cast<uintptr_t>(first)));
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(code); ++i) {
    uint32_t encoding;
    std::memcpy(&encoding, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(code, i)),
                sizeof encoding);
    ++block.instructions[kind_of(encoding)];
  }
  qemu_plugin_register_vcpu_tb_exec_inline(code, add_u64, &block.executed, 1);
}

void print_counts(const uint64_t (&counts)[kinds]) {
  for (const uint64_t count : counts) std::fprintf(out, " %" PRIu64, count);
}

void report(const std::string& mark) {
  const std::lock_guard guard(lock);
  uint64_t sums[kinds] = {};
  for (const Block& block : blocks) {
    for (int kind = 0; kind < kinds; ++kind) {
      sums[kind] += (block.executed - block.at_last_mark) * block.instructions[kind];
    }
  }
  std::fprintf(out, "mark %s", mark.c_str());
  print_counts(sums);
  std::fputc('\n', out);
  for (Block& block : blocks) {
    const uint64_t times = block.executed - block.at_last_mark;
    block.at_last_mark = block.executed;
    if (!with_places || times == 0) continue;
    std::fprintf(out, "at %" PRIu64, times);
    print_counts(block.instructions);
    std::fprintf(out, " %" PRIu64 " %s\n", block.offset, files[block.file].c_str());
  }
}

void report_mark(qemu_plugin_id_t, unsigned, int64_t number, uint64_t, uint64_t, uint64_t bytes,
                 uint64_t position, uint64_t, uint64_t, uint64_t, uint64_t) {
  if (number == aarch64_pwrite64 && bytes == 0) report(std::to_string(position));
}

void report_end(qemu_plugin_id_t, void*) {
  report("end");
  std::fflush(out);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
                                                                          const qemu_info_t*,
                                                                          int count,
                                                                          char** arguments) {
  for (int i = 0; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument.starts_with("out=")) {
      out = std::fopen(argument.c_str() + 4, "w");
    } else if (argument == "places=on") {
      with_places = true;
    } else {
      out = nullptr;
    }
    if (out == nullptr) return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
  qemu_plugin_register_vcpu_syscall_cb(id, report_mark);
  qemu_plugin_register_atexit_cb(id, report_end, nullptr);
  return 0;
}
