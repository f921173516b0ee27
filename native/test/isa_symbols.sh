#!/bin/sh
# Checks what the object files of the kernels define.
#
# No object of an instruction set may define a symbol that the linker might keep for the whole
# program: such a function, compiled with that set's flags, would crash older chips. Every weak
# symbol must name the set's own namespace (templates over its types do). And no object may have a
# static constructor: it would run before anything has asked whether the CPU can.
#
#   isa_symbols.sh NM OBJECT...
nm=$1
shift
failed=0
checked=0
for object in "$@"; do
  case "$("$nm" "$object")" in
    *_GLOBAL__sub_I_*)
      printf '%s has a static constructor\n' "$object"
      failed=1
      ;;
  esac
  isa=$(basename "$(dirname "$object")")
  case "$object" in
    */native/kernels/scalar/*) continue ;;
    */native/kernels/"$isa"/*) [ "$isa" = kernels ] && continue ;;
    *) continue ;;
  esac
  checked=$((checked + 1))
  # nm calls a symbol weak by V, W or u; what is only referred to has v or w.
  shared=$("$nm" -C "$object" | grep -E '^[0-9a-f]+ [VWu] ' | grep -v "kinglet::$isa::" |
    grep -v ' DW\.ref\.__')
  if [ -n "$shared" ]; then
    printf '%s defines symbols outside kinglet::%s:\n%s\n' "$object" "$isa" "$shared"
    failed=1
  fi
done
echo "$checked objects of instruction sets checked"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
