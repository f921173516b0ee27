#include "kernels/dispatch.h"

#include <vector>

#include "kernels/isa_table.h"

namespace kinglet {
namespace {

std::string runnable_names(const CpuFeatures& features) {
  std::string names;
  for (const KernelVariant& variant : variants) {
    if (!variant.supported(features)) continue;
    if (!names.empty()) names += ", ";
    names += variant.isa;
  }
  return names;
}

/// The first of variants[] that `features` support, unless another is clearly faster: what is
/// measured differs from run to run, and the choice should not.
const KernelTable& best_table(const CpuFeatures& features, TableSeconds seconds) {
  constexpr double clearly = 0.9;
  std::vector<const KernelTable*> tables;
  for (const KernelVariant& variant : variants) {
    // Scalar's turn comes where there is nothing else.
    const bool is_needed = variant.parent != nullptr || tables.empty();
    if (variant.supported(features) && is_needed) tables.push_back(&variant.table());
  }
  const KernelTable* best = tables.front();
  if (tables.size() == 1) return *best;
  double limit = clearly * seconds(*best);
  for (const KernelTable* table : tables) {
    if (seconds(*table) >= limit) continue;
    best = table;
    limit = seconds(*table);
  }
  return *best;
}

}  // namespace

const MatmulKernel* find_unit(const KernelTable& table, Format format) {
  const FormatInfo& info = format_info(format);
  if (!info.is_computed()) return nullptr;
  const MatmulKernel& unit = table.units[info.computed_index];
  return unit.name == nullptr ? nullptr : &unit;
}

std::span<const KernelVariant> kernel_variants() { return variants; }

Status choose_kernels(std::string_view forced, const KernelTable** table,
                      const CpuFeatures& features, TableSeconds seconds) {
  if (forced.empty()) {
    *table = &best_table(features, seconds);
    return {};
  }
  bool known = false;
  for (const KernelVariant& variant : variants) {
    if (variant.isa != forced) continue;
    known = true;
    if (variant.supported(features)) {
      *table = &variant.table();
      return {};
    }
  }
  return {
      ErrorCode::isa_unavailable,
      "the kernel table '" + std::string(forced) + "' (--isa, KINGLET_ISA) is one that " +
          (known ? "this CPU or operating system does not support" : "this build does not have") +
          "; it can be one of: " + runnable_names(features)};
}

}  // namespace kinglet
