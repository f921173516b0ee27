#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "test/kernels/kernel_inputs.h"

namespace kinglet::test {
namespace {

/// A function of a unit or table, by name, as what can be compared.
using Function = std::pair<const char*, const void*>;

/// How many functions a struct of `bytes` has, of which `others` are for members that are none.
constexpr size_t function_count(size_t bytes, size_t others) {
  return (bytes - others) / sizeof(void (*)());
}

std::vector<Function> functions(const MatmulKernel& unit) {
  const Function all[] = {
      {"packed_bytes", reinterpret_cast<const void*>(unit.packed_bytes)},
      {"pack", reinterpret_cast<const void*>(unit.pack)},
      {"unpack_row", reinterpret_cast<const void*>(unit.unpack_row)},
      {"gemv", reinterpret_cast<const void*>(unit.gemv)},
      {"gemm", reinterpret_cast<const void*>(unit.gemm)},
  };
  // name; activation, padded; row_tile; interleave, which some have
  constexpr size_t others = 4 * sizeof(void*);
  static_assert(std::size(all) == function_count(sizeof(MatmulKernel), others),
                "a function of MatmulKernel is missing here");
  return {std::begin(all), std::end(all)};
}

/// The kernels of a table that belong to no format.
std::vector<Function> functions(const KernelTable& table) {
  const Function all[] = {
      {"quantize_q8", reinterpret_cast<const void*>(table.quantize_q8)},
      {"attend_f16", reinterpret_cast<const void*>(table.attend_f16)},
      {"attend_f32", reinterpret_cast<const void*>(table.attend_f32)},
      {"attend_q8", reinterpret_cast<const void*>(table.attend_q8)},
      {"rms_norm", reinterpret_cast<const void*>(table.rms_norm)},
      {"rope", reinterpret_cast<const void*>(table.rope)},
      {"silu_mul", reinterpret_cast<const void*>(table.silu_mul)},
      {"add", reinterpret_cast<const void*>(table.add)},
      {"to_f16", reinterpret_cast<const void*>(table.to_f16)},
      {"to_kv_q8", reinterpret_cast<const void*>(table.to_kv_q8)},
      {"extremes", reinterpret_cast<const void*>(table.extremes)},
      {"sum_exp", reinterpret_cast<const void*>(table.sum_exp)},
      {"weigh", reinterpret_cast<const void*>(table.weigh)},
      {"keep_from", reinterpret_cast<const void*>(table.keep_from)},
  };
  constexpr size_t others = sizeof(KernelTable::isa) + sizeof(KernelTable::units);
  static_assert(std::size(all) == function_count(sizeof(KernelTable), others),
                "a function of KernelTable is missing here");
  return {std::begin(all), std::end(all)};
}

void check_none_is_null(const std::vector<Function>& functions) {
  for (const auto& [name, function] : functions) {
    CAPTURE(name);
    CHECK((function != nullptr));
  }
}

// What functions of TableSeconds compare with, which have no other arguments.
const char* first_isa = nullptr;
const char* last_isa = nullptr;

/// All alike, so that the rows decide.
double same_seconds(const KernelTable&) { return 1; }

/// Whether two units are one and the same.
bool same_unit(const MatmulKernel& a, const MatmulKernel& b) {
  return a.name == b.name && a.activation == b.activation && a.row_tile == b.row_tile &&
         functions(a) == functions(b);
}

}  // namespace

TEST_CASE("dispatch: every table is complete") {
  for_each_isa([](const KernelTable& table) {
    const auto interleave = table.units[computed::q8_0].interleave;
    for_each_computed([&](const FormatInfo& info) {
      const MatmulKernel* unit = find_unit(table, info.format);
      if (unit == nullptr) {
        FAIL_CHECK("the table ", std::string(table.isa), " has no unit for the format ", info.name);
        return;
      }
      CHECK(unit->row_tile >= 1);
      CAPTURE(info.name);
      check_none_is_null(functions(*unit));
      CHECK((unit->interleave == (unit->activation == Activation::q8 ? interleave : nullptr)));
    });
    check_none_is_null(functions(table));
  });
}

TEST_CASE("dispatch: a table has its parent's kernels and its own over them") {
  for (const KernelVariant& variant : kernel_variants()) {
    CAPTURE(variant.isa);
    if (!variant.supported()) continue;  // skipped_tables.cpp counts it
    const KernelTable& table = variant.table();
    CHECK(variant.isa == table.isa);
    const KernelTable nothing{};
    const KernelTable& parent = variant.parent == nullptr ? nothing : variant.parent->table();
    size_t own = 0;
    for_each_computed([&](const FormatInfo& info) {
      const MatmulKernel& unit = table.units[info.computed_index];
      if (same_unit(unit, parent.units[info.computed_index])) return;
      ++own;
      CHECK(std::string(unit.name) == std::string(variant.isa) + "/" + std::string(info.name));
    });
    const auto kernels = functions(table), parents = functions(parent);
    for (size_t i = 0; i < kernels.size(); ++i) own += kernels[i] != parents[i];
    if (own == 0) FAIL_CHECK("the table ", std::string(variant.isa), " overrides nothing");
  }
}

TEST_CASE("dispatch: a table starts from one that comes after it, and scalar from none") {
  std::set<std::string_view> names;
  const auto variants = kernel_variants();
  for (const KernelVariant& variant : variants) {
    CAPTURE(variant.isa);
    CHECK(names.insert(variant.isa).second);
    CHECK((variant.parent == nullptr) == (variant.isa == "scalar"));
    if (variant.parent == nullptr) continue;
    CHECK((variant.parent > &variant && variant.parent <= &variants.back()));
    // What can run a table can run its parent's.
    CHECK(variant.required.has_all(variant.parent->required));
  }
  CHECK(variants.back().isa == "scalar");
  CHECK(variants.back().supported());
}

TEST_CASE("dispatch: attention and the formats quantized to are never left to scalar") {
  for_each_isa([](const KernelTable& table) {
    if (&table == &scalar_table()) return;
    for_each_computed([&](const FormatInfo& info) {
      const MatmulKernel* unit = find_unit(table, info.format);
      if (info.quantize == nullptr || unit == nullptr) return;
      CHECK_FALSE(std::string(unit->name).starts_with("scalar/"));
    });
    CHECK((table.attend_f16 != scalar_table().attend_f16));
    CHECK((table.attend_f32 != scalar_table().attend_f32));
    CHECK((table.quantize_q8 != scalar_table().quantize_q8));
  });
}

TEST_CASE("dispatch: a format that is converted has no unit") {
  for (const FormatInfo& info : formats()) {
    CAPTURE(info.name);
    CHECK((find_unit(scalar_table(), info.format) != nullptr) == info.is_computed());
  }
}

TEST_CASE("dispatch: the best by its row is chosen, unless another is clearly faster") {
  const auto variants = kernel_variants();
  // Of this build's tables by their place: a tenth is not enough, a fifth is. Scalar never is.
  const auto close = [](const KernelTable& table) { return table.isa == first_isa ? 1.0 : 0.91; };
  const auto scalar_fast = [](const KernelTable& table) {
    return std::string_view(table.isa) == "scalar" ? 0.1 : 1.0;
  };
  const auto last_fast = [](const KernelTable& table) {
    return table.isa == last_isa ? 0.8 : table.isa == first_isa ? 1.0 : 0.85;
  };
  std::vector<const KernelTable*> tables;
  for (const KernelVariant& variant : variants) {
    if (variant.supported() && variant.parent != nullptr) tables.push_back(&variant.table());
  }
  if (tables.empty()) return;  // nothing but scalar
  first_isa = tables.front()->isa;
  last_isa = tables.back()->isa;
  const KernelTable* table = nullptr;
  REQUIRE(choose_kernels("", &table, cpu_features(), close).ok());
  CHECK(table == tables.front());
  REQUIRE(choose_kernels("", &table, cpu_features(), scalar_fast).ok());
  CHECK(table == tables.front());
  REQUIRE(choose_kernels("", &table, cpu_features(), last_fast).ok());
  CHECK(table == tables.back());
  // What is measured says that vectors are faster than scalar code.
  CHECK(measured_seconds(*tables.front()) < measured_seconds(scalar_table()));
}

TEST_CASE("dispatch: the best is chosen, a name forces, and what cannot run is an error") {
  const KernelTable* best = nullptr;
  REQUIRE(choose_kernels("", &best, cpu_features(), same_seconds).ok());
  const auto variants = kernel_variants();
  const auto first = std::find_if(variants.begin(), variants.end(),
                                  [](const KernelVariant& variant) { return variant.supported(); });
  CHECK(first->isa == best->isa);
  // script/test-arm says what each CPU that it emulates must choose.
  if (const char* expected = std::getenv("KINGLET_TEST_ISA"))
    CHECK(first->isa == std::string_view(expected));

  for (const KernelVariant& variant : variants) {
    CAPTURE(variant.isa);
    const KernelTable* table = nullptr;
    const Status status = choose_kernels(variant.isa, &table);
    CHECK(status.code() == (variant.supported() ? ErrorCode::ok : ErrorCode::isa_unavailable));
    CHECK((table != nullptr) == variant.supported());
    if (table != nullptr) CHECK(variant.isa == table->isa);
  }
  const KernelTable* table = nullptr;
  const Status status = choose_kernels("sse9", &table);
  CHECK(status.code() == ErrorCode::isa_unavailable);
  CHECK(status.message().find("sse9") != std::string::npos);
  CHECK(status.message().find("scalar") != std::string::npos);
  CHECK(table == nullptr);
}

TEST_CASE("dispatch: a CPU with the features of a table runs none that asks for more") {
  const auto variants = kernel_variants();
  for (const KernelVariant& variant : variants) {
    if (!variant.supported()) continue;  // its table is compiled for what this CPU lacks
    CAPTURE(variant.isa);
    // Not always its own: a better table may ask for the same features.
    const auto best = std::find_if(
        variants.begin(), variants.end(),
        [&](const KernelVariant& other) { return variant.required.has_all(other.required); });
    const KernelTable* table = nullptr;
    REQUIRE(choose_kernels("", &table, variant.required, same_seconds).ok());
    CHECK(best->isa == table->isa);
    for (const KernelVariant& other : variants) {
      const Status status = choose_kernels(other.isa, &table, variant.required);
      const bool can = variant.required.has_all(other.required);
      CHECK(status.code() == (can ? ErrorCode::ok : ErrorCode::isa_unavailable));
      if (!can) {
        const std::string names = status.message().substr(status.message().find("one of: "));
        CHECK(names.find(variant.isa) != std::string::npos);
        CHECK(names.find(other.isa) == std::string::npos);
      }
    }
  }
}

}  // namespace kinglet::test
