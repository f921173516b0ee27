# The native benchmarks, of bench/native, and what bench/arm/count-instructions runs.

foreach(name step_bench sampler_bench)
  add_executable(${name} bench/native/${name}.cpp)
  target_link_libraries(${name} PRIVATE kinglet_core)
endforeach()

add_executable(count_kernels bench/arm/count_kernels.cpp)
target_link_libraries(count_kernels PRIVATE kinglet_kernels)

add_library(kinglet_bandwidth STATIC bench/native/bandwidth.cpp bench/native/rate.cpp)
target_link_libraries(kinglet_bandwidth PUBLIC kinglet_platform)
add_executable(read_bandwidth bench/native/read_bandwidth.cpp)
target_link_libraries(read_bandwidth PRIVATE kinglet_bandwidth)

add_executable(kernels_bench bench/native/kernels_bench.cpp bench/native/matmul_bench.cpp
               bench/native/attention_bench.cpp bench/native/measured_peaks.cpp)
target_link_libraries(kernels_bench PRIVATE kinglet_core kinglet_bandwidth)

# Peaks: a file for each instruction set that has one, compiled with that set's flags.
set(declarations "")
set(rows "")
foreach(isa IN LISTS kinglet_isas)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/bench/native/peaks/${isa}.cpp)
  if(EXISTS ${source})
    set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${isa_${isa}_flags}")
    target_sources(kernels_bench PRIVATE ${source})
    string(APPEND declarations "extern const std::span<const Peak> ${isa}_peaks;\n")
    string(APPEND rows "    {\"${isa}\", ${isa}_peaks},\n")
  endif()
endforeach()
set(peak_table ${CMAKE_CURRENT_BINARY_DIR}/generated/peak_table.cpp)
file(CONFIGURE OUTPUT ${peak_table} @ONLY CONTENT [[
// Made by cmake/benchmarks.cmake from the files of bench/native/peaks.
#include <vector>

#include "../bench/native/peaks.h"

namespace kinglet {

@declarations@
std::span<const IsaPeaks> isa_peaks() {
  static const std::vector<IsaPeaks> table = {
@rows@  };
  return table;
}

}  // namespace kinglet
]])
target_sources(kernels_bench PRIVATE ${peak_table})
