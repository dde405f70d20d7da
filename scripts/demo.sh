#!/bin/sh
# Sets up a fresh machine and does the main job once: a float ONNX model of real images (fixtures/fashion-mnist)
# becomes INT8, then firmware, and the firmware is proved on the host and on three emulated cores.
set -eu
cd "$(dirname "$0")/.."

step() { printf '\n\033[1m== %s\033[0m\n' "$*" >&2; }
if [ -n "${NO_COLOR:-}" ] || [ ! -t 2 ]; then step() { printf '\n== %s\n' "$*" >&2; }; fi

step "system packages"
sh scripts/install-system-packages.sh tool

if [ ! -d node_modules ]; then
  # Not `npm ci`: it refuses a lock file that lacks the optional binaries of platforms its registry does not serve.
  step "npm install, which builds"
  npm install --no-audit --no-fund
else
  step "build"
  npm run build
fi

model=fixtures/fashion-mnist/model.onnx
calibration=fixtures/fashion-mnist/calibration-images-idx3-ubyte
evaluation=fixtures/fashion-mnist/evaluation-images-idx3-ubyte
target=stm32h743
mkdir -p demo

run() {
  printf '\n$ tinyml %s\n' "$*" >&2
  node bin/tinyml.js "$@"
}

step "quantise, deploy, verify"
run quantize "$model" -o demo/fashion.int8.onnx --data "$calibration" --eval "$evaluation" --target "$target"
run deploy demo/fashion.int8.onnx --target "$target" -o demo/firmware
run verify demo/firmware --on host,qemu
