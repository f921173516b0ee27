// A plugin of qemu-user that counts what a program executes between its marks.
//
// A mark is write(-1, nullptr, id): harmless to the program, seen here. At each, a line
// "mark ID SIMD MEMORY OTHER" with the instructions since the last one goes to standard error:
// SIMD and floating point, loads and stores, and the rest.
//
// Debian's qemu-user can load plugins but ships no qemu-plugin.h, so the few functions in use are
// declared here as QEMU's documentation has them (docs/devel/tcg-plugins.rst, version 1).
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

extern "C" {
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
using qemu_plugin_id_t = uint64_t;

size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* block);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* block, size_t index);
const void* qemu_plugin_insn_data(const qemu_plugin_insn* instruction);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb* block, int operation, void* counter,
                                              uint64_t addend);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id,
                                          void (*called)(qemu_plugin_id_t, unsigned cpu,
                                                         int64_t number, uint64_t, uint64_t,
                                                         uint64_t, uint64_t, uint64_t, uint64_t,
                                                         uint64_t, uint64_t));

__attribute__((visibility("default"))) int qemu_plugin_version = 1;
}

namespace {

constexpr int add_u64 = 0;             // QEMU_PLUGIN_INLINE_ADD_U64
constexpr int64_t aarch64_write = 64;  // the system call's number

enum Kind { simd, memory, other, kinds };
uint64_t executed[kinds];  // one thread: the counters need no lock
uint64_t at_last_mark[kinds];

/// By bits 28 to 25 of the encoding (Arm Architecture Reference Manual, C4.1).
Kind kind_of(uint32_t encoding) {
  const uint32_t group = encoding >> 25 & 15;
  if ((group & 7) == 7) return simd;
  if ((group & 5) == 4) return memory;
  return other;
}

void count_block(qemu_plugin_id_t, qemu_plugin_tb* block) {
  uint64_t instructions[kinds] = {};
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    uint32_t encoding;
    std::memcpy(&encoding, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(block, i)),
                sizeof encoding);
    ++instructions[kind_of(encoding)];
  }
  for (int kind = 0; kind < kinds; ++kind) {
    if (instructions[kind] == 0) continue;
    qemu_plugin_register_vcpu_tb_exec_inline(block, add_u64, &executed[kind], instructions[kind]);
  }
}

void report_mark(qemu_plugin_id_t, unsigned, int64_t number, uint64_t file, uint64_t, uint64_t mark,
                 uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) {
  if (number != aarch64_write || static_cast<int32_t>(file) != -1) return;
  std::fprintf(stderr, "mark %llu", static_cast<unsigned long long>(mark));
  for (int kind = 0; kind < kinds; ++kind) {
    std::fprintf(stderr, " %llu",
                 static_cast<unsigned long long>(executed[kind] - at_last_mark[kind]));
    at_last_mark[kind] = executed[kind];
  }
  std::fputc('\n', stderr);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
                                                                          const qemu_info_t*, int,
                                                                          char**) {
  qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
  qemu_plugin_register_vcpu_syscall_cb(id, report_mark);
  return 0;
}
