// Which kernel table this process runs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "kernels/kernels.h"
#include "platform/status.h"

namespace kinglet {

/// A table of this build, whether or not this CPU can run it.
struct KernelVariant {
  std::string_view isa;
  bool (*supported)();            // by CPU and operating system
  const KernelTable& (*table)();  // only where supported(): even this is compiled for the ISA
};

/// All tables of this build, the best first; "scalar" is last and always supported.
std::span<const KernelVariant> kernel_variants();

/// The best supported table, or the one that `forced` (KINGLET_ISA; empty: none) names. A name that
/// is unknown or cannot run here is an `isa_unavailable` that lists those that can.
Status choose_kernels(std::string_view forced, const KernelTable** table);

}  // namespace kinglet
