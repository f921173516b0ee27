# The registries that are data: native/quant/formats.json and native/kernels/isas.json say in "about"
# and "fields" what they hold. From them come headers in ${CMAKE_BINARY_DIR}/generated:
#
#   quant/format_list.h    the enumeration Format, and sizes that sources need as constants
#   quant/format_table.h   the table of FormatInfo, for formats.cpp alone
#   kernels/isa_table.h    the table of KernelVariant, for dispatch.cpp alone
#
# A row that is wrong stops CMake; one whose function or CPU feature does not exist stops the
# compiler. Both name it.

set(kinglet_generated ${CMAKE_CURRENT_BINARY_DIR}/generated)

# kinglet_refuse(TEXT...): stops with TEXT in one line. The space before it keeps CMake from wrapping
# it, which would break it at another word for every path to the sources.
function(kinglet_refuse)
  string(JOIN "" text ${ARGV})
  message(FATAL_ERROR " ${text}")
endfunction()

# kinglet_rows(OUT FILE LIST FIELDS...): reads FILE's array LIST. OUT holds the names in the order of
# the rows, and OUT_NAME_FIELD each field, an array as a list; a field that a row lacks is empty.
# FIELDS are all that a row may have.
function(kinglet_rows out file list)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} json)
  string(JSON rows GET "${json}" ${list})
  string(JSON count LENGTH "${rows}")
  math(EXPR last "${count} - 1")
  set(names)
  foreach(i RANGE ${last})
    string(JSON name ERROR_VARIABLE error GET "${rows}" ${i} name)
    if(NOT name MATCHES "^[a-z][a-z0-9_]*$")
      kinglet_refuse("${file}: ${list}[${i}] has no name of small letters, digits and _")
    endif()
    if(name IN_LIST names)
      kinglet_refuse("${file}: '${name}' has two rows")
    endif()
    list(APPEND names ${name})
    string(JSON fields LENGTH "${rows}" ${i})
    math(EXPR last_field "${fields} - 1")
    foreach(f RANGE ${last_field})
      string(JSON field MEMBER "${rows}" ${i} ${f})
      if(NOT field IN_LIST ARGN)
        kinglet_refuse("${file}: '${name}' has the unknown field '${field}'")
      endif()
      string(JSON type TYPE "${rows}" ${i} ${field})
      string(JSON value GET "${rows}" ${i} ${field})
      if(type STREQUAL ARRAY)
        string(JSON length LENGTH "${value}")
        set(elements)
        if(length GREATER 0)
          math(EXPR last_element "${length} - 1")
          foreach(e RANGE ${last_element})
            string(JSON element GET "${value}" ${e})
            list(APPEND elements "${element}")
          endforeach()
        endif()
        set(value ${elements})
      endif()
      set(${out}_${name}_${field} "${value}" PARENT_SCOPE)
    endforeach()
  endforeach()
  set(${out} ${names} PARENT_SCOPE)
endfunction()

# kinglet_generate(NAME SOURCE CONTENT): writes the header NAME, made from native/SOURCE, where its
# content is new.
function(kinglet_generate name source content)
  file(CONFIGURE OUTPUT ${kinglet_generated}/${name} @ONLY
    CONTENT "// Made by cmake/registries.cmake from native/${source}; not to be edited.\n${content}")
endfunction()

# ---- Formats

# kinglet_format_row(OUT FORMAT): the initializer of its FormatInfo.
function(kinglet_format_row out f)
  set(computed_as "${format_${f}_computedAs}")
  set(rounds "${format_${f}_rounds}")
  set(finite ${f}_finite)
  list(LENGTH format_${f}_halvesAt halves)
  string(REPLACE ";" ", " halves_at "${format_${f}_halvesAt}")
  if(halves GREATER 0)
    set(finite "halves_finite<${f}_values, ${f}_bytes, ${halves_at}>")
  endif()
  set(quantize nullptr)
  if(format_${f}_canQuantize)
    set(quantize quantize_${f})
  endif()
  set(convert nullptr)
  if(NOT computed_as)
    set(computed_as ${f})
    set(rounds nothing)
  else()
    set(convert ${f}_to_${computed_as})
  endif()
  set(${out} "    {.format = Format::${f},
     .name = \"${f}\",
     .block_values = ${f}_values,
     .block_bytes = ${f}_bytes,
     .halves = ${halves},
     .halves_at = {${halves_at}},
     .computed_as = Format::${computed_as},
     .computed_index = computed::${computed_as},
     .rounds = Rounding::${rounds},
     .layout = code_layout<Format::${f}>.bits == 0 ? nullptr : &code_layout<Format::${f}>,
     .dequantize = dequantize_${f},
     .finite = ${finite},
     .quantize = ${quantize},
     .convert = ${convert}},
" PARENT_SCOPE)
endfunction()

# Stops where a format's row contradicts itself or another.
function(kinglet_check_format file f)
  foreach(field number blockValues blockBytes)
    if(NOT format_${f}_${field} MATCHES "^[0-9]+$")
      kinglet_refuse("${file}: '${f}' lacks the number ${field}")
    endif()
  endforeach()
  foreach(other IN LISTS format)
    if(NOT other STREQUAL f AND format_${other}_number EQUAL format_${f}_number)
      kinglet_refuse("${file}: '${f}' and '${other}' have the same number")
    endif()
  endforeach()
  list(LENGTH format_${f}_halvesAt halves)
  if(halves GREATER 2)
    kinglet_refuse("${file}: '${f}' has ${halves} halvesAt: at most a scale and a minimum")
  endif()
  foreach(at IN LISTS format_${f}_halvesAt)
    math(EXPR end "${at} + 2")
    if(end GREATER format_${f}_blockBytes)
      kinglet_refuse("${file}: '${f}' has a half at ${at}, outside its block")
    endif()
  endforeach()
  set(to "${format_${f}_computedAs}")
  set(rounds "${format_${f}_rounds}")
  if(to AND format_${f}_canQuantize)
    kinglet_refuse("${file}: '${f}' has canQuantize and computedAs '${to}': what floats are rounded "
                   "to is computed in as it is")
  endif()
  if(NOT to AND NOT rounds)
    return()
  endif()
  if(NOT to OR NOT rounds MATCHES "^(nothing|scales)$")
    kinglet_refuse(
      "${file}: '${f}' has computedAs '${to}' and rounds '${rounds}': expected a format with "
      "nothing or scales, or neither")
  endif()
  if(NOT to IN_LIST format OR format_${to}_computedAs)
    kinglet_refuse("${file}: '${f}' has computedAs '${to}', which is not computed in")
  endif()
endfunction()

function(kinglet_generate_formats)
  set(file ${CMAKE_CURRENT_SOURCE_DIR}/native/quant/formats.json)
  kinglet_rows(format ${file} formats
    name number blockValues blockBytes halvesAt canQuantize computedAs rounds)
  set(enumerators "")
  set(indices "")
  set(sizes "")
  set(sizes_by_format "")
  set(rows "")
  set(computed 0)
  foreach(f IN LISTS format)
    kinglet_check_format(${file} ${f})
    string(APPEND enumerators "  ${f} = ${format_${f}_number},\n")
    string(APPEND sizes "inline constexpr size_t ${f}_values = ${format_${f}_blockValues};\n"
                        "inline constexpr size_t ${f}_bytes = ${format_${f}_blockBytes};\n")
    string(APPEND sizes_by_format
      "template <>\ninline constexpr size_t format_values<Format::${f}> = ${f}_values;\n"
      "template <>\ninline constexpr size_t format_bytes<Format::${f}> = ${f}_bytes;\n")
    if(NOT format_${f}_computedAs)
      string(APPEND indices "inline constexpr size_t ${f} = ${computed};\n")
      math(EXPR computed "${computed} + 1")
    endif()
    kinglet_format_row(row ${f})
    string(APPEND rows "${row}")
  endforeach()
  kinglet_generate(quant/format_list.h quant/formats.json "#pragma once

#include <cstddef>
#include <cstdint>

namespace kinglet {

/// The formats, under GGUF's numbers. safetensors has f32, f16 and bf16 of them.
enum class Format : uint32_t {
${enumerators}};

/// The formats that kernels compute in, as places in KernelTable::units.
namespace computed {
${indices}}  // namespace computed

inline constexpr size_t computed_format_count = ${computed};

/// Weights and bytes of a block.
namespace quant {
${sizes}
template <Format>
inline constexpr size_t format_values = 0;
template <Format>
inline constexpr size_t format_bytes = 0;
${sizes_by_format}}  // namespace quant

}  // namespace kinglet
")
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/native native/quant/*.h)
  list(TRANSFORM headers REPLACE "(.+)" "#include \"\\1\"")
  list(JOIN headers "\n" includes)
  kinglet_generate(quant/format_table.h quant/formats.json "#pragma once

${includes}

namespace kinglet::quant {

inline constexpr FormatInfo format_table[] = {
${rows}};

}  // namespace kinglet::quant
")
endfunction()

# ---- Instruction sets

# Sets kinglet_isas to the rows of this processor, each after its parent, and isa_NAME_flags to their
# compiler flags.
function(kinglet_generate_isas)
  set(file ${CMAKE_CURRENT_SOURCE_DIR}/native/kernels/isas.json)
  kinglet_rows(isa ${file} isas name parent processor requires flags why)
  set(processor none)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set(processor x86_64)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(processor aarch64)
  endif()

  set(built)
  set(above)
  foreach(i IN LISTS isa)
    set(parent "${isa_${i}_parent}")
    if(above AND NOT parent IN_LIST above)
      kinglet_refuse("${file}: '${i}' has the parent '${parent}': expected a row above it")
    endif()
    list(APPEND above ${i})
    if(parent)
      list(PREPEND isa_${i}_requires ${isa_${parent}_requires})
      list(PREPEND isa_${i}_flags ${isa_${parent}_flags})
      if(NOT isa_${i}_processor)
        set(isa_${i}_processor "${isa_${parent}_processor}")
      endif()
      if(NOT isa_${i}_processor MATCHES "^(x86_64|aarch64)$")
        kinglet_refuse("${file}: '${i}' has the processor '${isa_${i}_processor}': expected "
                       "x86_64 or aarch64")
      endif()
    endif()
    if(NOT parent OR isa_${i}_processor STREQUAL processor)
      list(APPEND built ${i})
    endif()
    file(GLOB sources CONFIGURE_DEPENDS native/kernels/${i}/*.cpp)
    if(NOT sources)
      kinglet_refuse("${file}: '${i}' has no sources in native/kernels/${i}")
    endif()
    set(isa_${i}_flags ${isa_${i}_flags} PARENT_SCOPE)
  endforeach()
  file(GLOB folders CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/native/kernels
    native/kernels/*/*.cpp)
  foreach(source IN LISTS folders)
    get_filename_component(folder ${source} DIRECTORY)
    if(NOT folder IN_LIST isa)
      kinglet_refuse("native/kernels/${source} belongs to no row of ${file}")
    endif()
  endforeach()
  set(kinglet_isas ${built} PARENT_SCOPE)

  list(LENGTH built count)
  set(declarations "")
  set(tables "")
  set(rows "")
  set(indices "")
  set(index 0)
  foreach(i IN LISTS built)
    set(parent "${isa_${i}_parent}")
    list(TRANSFORM isa_${i}_requires PREPEND "CpuFeature::")
    list(JOIN isa_${i}_requires ", " requires)
    set(start "KernelTable{}")
    set(parent_row nullptr)
    if(parent)
      set(start "${parent}_table()")
      set(parent_row "&variants[row_${parent}]")
    endif()
    string(APPEND declarations "namespace ${i} {\nvoid override_table(KernelTable& table);\n}\n")
    string(APPEND tables "static inline const KernelTable& ${i}_table() {
  static const KernelTable table = derive(\"${i}\", ${start}, ${i}::override_table);
  return table;
}
")
    # The last row is the best, and variants[] starts with it.
    math(EXPR row "${count} - 1 - ${index}")
    math(EXPR index "${index} + 1")
    string(APPEND indices "inline constexpr size_t row_${i} = ${row};\n")
    string(PREPEND rows "    {.isa = \"${i}\",
     .parent = ${parent_row},
     .required = CpuFeatures{${requires}},
     .table = ${i}_table},
")
  endforeach()
  kinglet_generate(kernels/isa_table.h kernels/isas.json "#pragma once

#include \"kernels/cpu_features.h\"
#include \"kernels/dispatch.h\"

namespace kinglet {

// In the folder of each ISA: puts its kernels over those of its parent's table.
${declarations}
/// The table of an ISA: its parent's with the ISA's own kernels put over it.
static inline KernelTable derive(const char* isa, KernelTable table,
                                 void (*override_table)(KernelTable&)) {
  override_table(table);
  table.isa = isa;
  return table;
}

${tables}
// The best first.
${indices}inline constexpr KernelVariant variants[${count}] = {
${rows}};

}  // namespace kinglet
")
endfunction()
