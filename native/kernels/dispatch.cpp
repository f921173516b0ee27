#include "kernels/dispatch.h"

#include "kernels/cpu_features.h"
#include "kernels/scalar/scalar.h"
#if defined(__x86_64__)
#include "kernels/avx2/avx2.h"
#include "kernels/avx512_vnni/avx512_vnni.h"
#elif defined(__aarch64__)
#include "kernels/neon/neon.h"
#include "kernels/neon_dotprod/neon_dotprod.h"
#endif

namespace kinglet {
namespace {

// The tree of tables: an ISA's is its parent's with the ISA's own kernels put over it.
using Parent = const KernelTable& (*)();
using Override = void (*)(KernelTable&);

template <Parent parent, Override override_table>
const KernelTable& derived() {
  static const KernelTable table = [] {
    KernelTable copy = parent();
    override_table(copy);
    return copy;
  }();
  return table;
}

// The best first.
constexpr KernelVariant variants[] = {
#if defined(__x86_64__)
    {"avx512_vnni", [] { return cpu_features().avx512_vnni; },
     derived<derived<scalar::table, avx2::override_table>, avx512_vnni::override_table>},
    {"avx2", [] { return cpu_features().avx2; }, derived<scalar::table, avx2::override_table>},
#elif defined(__aarch64__)
    {"neon_dotprod", [] { return cpu_features().neon_dotprod; },
     derived<derived<scalar::table, neon::override_table>, neon_dotprod::override_table>},
    {"neon", [] { return cpu_features().neon; }, derived<scalar::table, neon::override_table>},
#endif
    {"scalar", [] { return true; }, scalar::table},
};

std::string runnable_names() {
  std::string names;
  for (const KernelVariant& variant : variants) {
    if (!variant.supported()) continue;
    if (!names.empty()) names += ", ";
    names += variant.isa;
  }
  return names;
}

}  // namespace

std::span<const KernelVariant> kernel_variants() { return variants; }

Status choose_kernels(std::string_view forced, const KernelTable** table) {
  bool known = false;
  for (const KernelVariant& variant : variants) {
    if (!forced.empty() && variant.isa != forced) continue;
    known = true;
    if (variant.supported()) {
      *table = &variant.table();
      return {};
    }
  }
  return {ErrorCode::isa_unavailable, "KINGLET_ISA is '" + std::string(forced) + "', which " +
                                          (known ? "this CPU or operating system does not support"
                                                 : "this build does not have") +
                                          "; it can be one of: " + runnable_names()};
}

}  // namespace kinglet
