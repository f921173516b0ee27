#include "kernels/dispatch.h"

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

}  // namespace

const MatmulKernel* find_unit(const KernelTable& table, Format format) {
  const FormatInfo& info = format_info(format);
  if (!info.is_computed()) return nullptr;
  const MatmulKernel& unit = table.units[info.computed_index];
  return unit.name == nullptr ? nullptr : &unit;
}

std::span<const KernelVariant> kernel_variants() { return variants; }

Status choose_kernels(std::string_view forced, const KernelTable** table,
                      const CpuFeatures& features) {
  bool known = false;
  for (const KernelVariant& variant : variants) {
    if (!forced.empty() && variant.isa != forced) continue;
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
