#!/bin/sh
# Installs from Debian (or Ubuntu) what npm cannot bring: compilers, the emulator, and data for tests. Packages that
# are there are left alone. Where it may not install, it lists what is missing and ends with status 1.
#
#   sh scripts/install-system-packages.sh tool     what the commands need
#   sh scripts/install-system-packages.sh tests    that, and what only tests need
set -eu

# package: what it is needed for
tool='
gcc: builds the kernels and the emitted C for this machine
libc6-dev: headers of the C library for gcc
make: runs the Makefile of a bundle
gcc-arm-none-eabi: builds firmware for Cortex-M
libnewlib-arm-none-eabi: C library of that firmware
qemu-system-arm: runs that firmware on emulated Cortex-M boards
'
tests='
g++: builds the C++ program of bundles for Jetsons
clang: builds the host engine as WebAssembly
lld: links it
gcc-aarch64-linux-gnu: builds the host engine for arm64
libc6-dev-arm64-cross: C library of arm64 for it
qemu-user: runs the host engine for arm64 on other machines
cmake: builds a bundle from its CMakeLists.txt
ffmpeg: decodes clips, and encodes overlay videos
shellcheck: checks the scripts of bundles for Jetsons
chromium: shows reports as readers see them
libonnx-testdata: tests of the operators of the ONNX project
dataset-fashion-mnist: images the bundled model was trained on
'

case ${1:-} in
  tool) packages=$tool ;;
  tests) packages=$tool$tests ;;
  *)
    echo "error: say what the packages are for" >&2
    echo "hint: sh scripts/install-system-packages.sh tool, or tests" >&2
    exit 2
    ;;
esac

installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
while IFS=: read -r package purpose; do
  [ -n "$package" ] || continue
  if installed "$package"; then
    echo "present  $package"
  else
    echo "missing  $package -$purpose"
    missing="$missing $package"
  fi
done <<EOT
$packages
EOT

if [ -z "$missing" ]; then
  echo "nothing to install"
  exit 0
fi

refuse() {
  echo "error: $1" >&2
  echo "missing packages:$missing" >&2
  echo "hint: $2" >&2
  exit 1
}

command -v apt-get >/dev/null 2>&1 ||
  refuse "apt-get is not here" "install the same tools with the package manager of this system"

if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  as_root="sudo -n"
else
  refuse "only root may install packages, and sudo without a password is not available" \
    "run as root: apt-get install --no-install-recommends$missing"
fi

echo "installing:$missing"
# The lists of packages may be absent or old on a fresh machine; packages already listed can still be installed.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update --quiet ||
  echo "warning: the package lists could not be refreshed" >&2
# shellcheck disable=SC2086 # both are lists of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $missing ||
  refuse "apt-get could not install the packages" "see the messages above"
