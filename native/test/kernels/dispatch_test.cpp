#include <map>
#include <set>

#include "test/kernels/kernel_inputs.h"

namespace kinglet::test {
namespace {

// From whom a table may have a kernel, itself aside.
const std::map<std::string_view, std::set<std::string>> ancestors = {
    {"scalar", {}},
    {"avx2", {"scalar"}},
    {"avx512_vnni", {"avx2", "scalar"}},
    {"neon", {"scalar"}},
    {"neon_dotprod", {"neon", "scalar"}},
};

std::string isa_of(const char* kernel_name) {
  const std::string name = kernel_name;
  return name.substr(0, name.find('/'));
}

}  // namespace

TEST_CASE("dispatch: every table is complete and says what it is") {
  std::set<std::string> names;
  for (const KernelVariant& variant : kernel_variants()) {
    CAPTURE(variant.isa);
    CHECK(names.insert(std::string(variant.isa)).second);
    if (!variant.supported()) continue;
    const KernelTable& table = variant.table();
    CHECK(variant.isa == table.isa);
    for (const auto* kernel : {&table.f32, &table.f16, &table.bf16, &table.q8_0, &table.q4_0,
                               &table.q4_1, &table.q5_1, &table.q6_k}) {
      REQUIRE(kernel->name != nullptr);
      const std::string isa = isa_of(kernel->name);
      CAPTURE(isa);
      CHECK((isa == variant.isa || ancestors.at(variant.isa).count(isa) == 1));
      CHECK(kernel->row_tile >= 1);
      CHECK((kernel->packed_bytes != nullptr && kernel->pack != nullptr &&
             kernel->unpack_row != nullptr && kernel->gemv != nullptr && kernel->gemm != nullptr));
    }
    CHECK((table.quantize_q8 != nullptr && table.attend_f16 != nullptr &&
           table.attend_f32 != nullptr && table.rms_norm != nullptr && table.rope != nullptr &&
           table.silu_mul != nullptr && table.add != nullptr && table.to_f16 != nullptr &&
           table.max != nullptr && table.sum_exp != nullptr));
  }
  CHECK(kernel_variants().back().isa == "scalar");
  CHECK(kernel_variants().back().supported());
}

TEST_CASE("dispatch: the hot formats of a SIMD table are its own or an ancestor's, never scalar") {
  for (const KernelVariant& variant : kernel_variants()) {
    if (variant.isa == "scalar" || !variant.supported()) continue;
    CAPTURE(variant.isa);
    const KernelTable& table = variant.table();
    for (const auto* kernel : {&table.q8_0, &table.q4_0, &table.q4_1}) {
      CHECK(isa_of(kernel->name) != "scalar");
    }
    CHECK((table.attend_f16 != scalar_table().attend_f16));
    CHECK((table.quantize_q8 != scalar_table().quantize_q8));
  }
}

TEST_CASE("dispatch: the best is chosen, a name forces, and what cannot run is an error") {
  const KernelTable* best = nullptr;
  REQUIRE(choose_kernels("", &best).ok());
  for (const KernelVariant& variant : kernel_variants()) {
    if (!variant.supported()) {
      const KernelTable* table = nullptr;
      const Status status = choose_kernels(variant.isa, &table);
      CHECK(status.code() == ErrorCode::isa_unavailable);
      CHECK(table == nullptr);
      continue;
    }
    CHECK(variant.isa == best->isa);
    break;
  }
  for (const KernelVariant& variant : kernel_variants()) {
    if (!variant.supported()) continue;
    const KernelTable* table = nullptr;
    REQUIRE(choose_kernels(variant.isa, &table).ok());
    CHECK(variant.isa == table->isa);
  }
  const KernelTable* table = nullptr;
  const Status status = choose_kernels("sse9", &table);
  CHECK(status.code() == ErrorCode::isa_unavailable);
  CHECK(status.message().find("sse9") != std::string::npos);
  CHECK(status.message().find("scalar") != std::string::npos);
  CHECK(table == nullptr);
}

// The continuous integration log, and the runs under qemu, show which kernels were tested.
TEST_CASE("dispatch: what this CPU runs") {
  for_each_isa([](const KernelTable& table) {
    std::string names = table.isa + std::string(":");
    for (const auto* kernel : {&table.f32, &table.f16, &table.bf16, &table.q8_0, &table.q4_0,
                               &table.q4_1, &table.q5_1, &table.q6_k}) {
      names += std::string(" ") + kernel->name;
    }
    MESSAGE(names);
  });
}

}  // namespace kinglet::test
