// Which kernel table this process runs. isas.json has the rows.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "kernels/cpu_features.h"
#include "kernels/kernels.h"
#include "kernels/table_speed.h"
#include "platform/status.h"

namespace kinglet {

/// A table of this build, whether or not this CPU can run it.
struct KernelVariant {
  std::string_view isa;
  const KernelVariant* parent;    // whose table this one starts from; null for scalar
  CpuFeatures required;           // its parent's included
  const KernelTable& (*table)();  // only where supported(): even this is compiled for the ISA

  /// By this CPU and operating system, or by one that has `features`.
  bool supported(const CpuFeatures& features = cpu_features()) const {
    return features.has_all(required);
  }
};

/// All tables of this build, the best first; "scalar" is last and always supported.
std::span<const KernelVariant> kernel_variants();

/// How long a table takes for the same work as the others.
using TableSeconds = double (*)(const KernelTable& table);

/// The table to run, or the one that `forced` names (--isa or KINGLET_ISA, which TypeScript reads;
/// empty: none). Of those that `features` support this is the best by its row, but where another
/// takes less than 0.9 times its seconds: then the fastest. A name that is unknown or cannot run is
/// an `isa_unavailable` that lists those that can. This CPU must have `features`.
Status choose_kernels(std::string_view forced, const KernelTable** table,
                      const CpuFeatures& features = cpu_features(),
                      TableSeconds seconds = measured_seconds);

}  // namespace kinglet
