# Sourced, after script/common.sh and script/arm.sh, by the programs of this folder: what they run under qemu.

# script/test-arm's too: kernels are compiled once.
bench_build=build/arm64
plugin=$PWD/$bench_build/instruction_counter.so

# build_bench_for_arm TARGETS...: Kinglet's, as they are released.
build_bench_for_arm() {
  need_packages "${arm_packages[@]}"
  configure_for_arm $bench_build -DKINGLET_BUILD_ADDON=ON -DKINGLET_BUILD_BENCH=ON
  quietly $bench_build/build.log cmake --build $bench_build -j"$(nproc)" --target "$@"
}

# The plugin of qemu, which is of this machine.
build_plugin() {
  quietly $bench_build/plugin.log g++ -std=c++20 -O2 -Wall -Wextra -shared -fPIC bench/arm/instruction_counter.cpp \
    -o "$plugin"
}
