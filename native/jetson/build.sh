#!/bin/sh
# Builds the engine of this bundle on the board that it is for, and records by what. Does nothing where the engine is
# there already. Made by tinyml.
#
#   ./build.sh [--again] [--force]
#
# --again  builds it even so
# --force  goes on where board or TensorRT are not those of the bundle
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"

again=no
force=no
for option in "$@"; do
  case $option in
    --again) again=yes ;;
    --force) force=yes ;;
    *)
      printf 'usage: %s [--again] [--force]\n' "$0" >&2
      exit 2
      ;;
  esac
done

# shellcheck source=settings.sh
. ./settings.sh
# shellcheck source=board.sh
. ./board.sh

find_trtexec
check_release
check_module
check_files

mkdir -p build
record=build/builds.jsonl
log=build/build.log
model=$(sha256_of model.onnx)
settings=$(sha256_of settings.sh)

# How the record of a build starts; that of the engine which is there, if any.
record_start() {
  printf '{"engine":"%s","model":"%s","settings":"%s","trtexec":%s,' "$1" "$model" "$settings" "$trtexec_version"
}
if [ "$again" = no ] && [ -f "$ENGINE" ] && [ -f "$record" ]; then
  start=$(record_start "$(sha256_of "$ENGINE")")
  case $(tail -n 1 "$record") in
    "$start"*)
      echo "$ENGINE is up to date"
      exit 0
      ;;
  esac
fi

if [ -r "$root/proc/meminfo" ]; then
  available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' "$root/proc/meminfo")
  if [ "${available:-$BUILD_KIB}" -lt "$BUILD_KIB" ]; then
    note "$available KiB of memory are free; a build may take $BUILD_KIB: close what else runs, or add swap"
  fi
fi

# Half an engine must never look like one.
rm -f "$ENGINE"
finished=no
trap '[ "$finished" = yes ] || rm -f "$ENGINE"' EXIT
trap 'exit 130' INT TERM HUP

echo "building $ENGINE on $module: this takes minutes; what trtexec says goes to $log"
started=$(date +%s)
status=0
run_build >"$log" 2>&1 || status=$?
seconds=$(($(date +%s) - started))

if [ "$status" -eq 137 ] || grep -qiE 'out of memory|OutOfMemory|bad_alloc|Cuda failure: 2' "$log"; then
  tail -n 20 "$log" >&2
  fail "the build ran out of memory (exit status $status)" \
    "add swap on a disk: sudo fallocate -l 8G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile" \
    "stop the desktop meanwhile: sudo systemctl isolate multi-user.target" \
    "or deploy again with a smaller --workspace"
fi
if [ "$status" -ne 0 ] || [ ! -s "$ENGINE" ]; then
  tail -n 20 "$log" >&2
  fail "no engine was built (exit status $status)" "all that was said is in $log"
fi

{
  record_start "$(sha256_of "$ENGINE")"
  printf '"bytes":%s,"seconds":%s,"module":' "$(wc -c <"$ENGINE" | tr -d ' ')" "$seconds"
  json_text "$module"
  printf ',"l4t":'
  json_text "$(l4t)"
  printf ',"powerMode":'
  json_text "$(power_mode)"
  printf ',"forced":%s,"at":"%s"}\n' "$([ "$force" = yes ] && echo true || echo false)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
} >>"$record"
finished=yes
echo "built $ENGINE in $seconds s"
