#!/bin/sh
# Builds the engine where it is not there, runs the golden inputs through it, compares the outputs within their tolerances,
# measures it with locked clocks, and writes build/results.json for "tinyml verify DIR --results FILE". Made by tinyml.
#
#   ./verify.sh [--mode NAME] [--free-clocks] [--force]
#
# --mode NAME    power mode to measure in, as nvpmodel names it (default: that of the bundle)
# --free-clocks  leaves power mode and clocks as they are, which needs no rights; times then vary
# --force        goes on where board or TensorRT are not those of the bundle
#
# Ends with 0 where all outputs are within tolerance, 1 where one is not, 2 where it could not be found out.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"

# shellcheck source=settings.sh
. ./settings.sh

usage() {
  printf 'usage: %s [--mode NAME] [--free-clocks] [--force]\n' "$0" >&2
  exit 2
}
mode=$POWER_MODE
clocks=locked
force=no
while [ $# -gt 0 ]; do
  case $1 in
    --mode)
      [ $# -ge 2 ] || usage
      mode=$2
      shift
      ;;
    --free-clocks) clocks=free ;;
    --force) force=yes ;;
    *) usage ;;
  esac
  shift
done

# shellcheck source=board.sh
. ./board.sh

find_trtexec
check_release
check_module
command -v python3 >/dev/null 2>&1 || fail "python3 is not here" "install it with: sudo apt-get install python3"
if [ "$force" = yes ]; then ./build.sh --force; else ./build.sh; fi
check_files

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_be_root() {
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

# Id of a power mode by name; some releases write MODE_ before it. Ids differ between modules and JetPacks.
mode_id() {
  awk -v want="$1" '
    /^< *POWER_MODEL / {
      id = ""
      name = ""
      for (i = 1; i <= NF; i++) {
        field = $i
        sub(/>$/, "", field)
        if (field ~ /^ID=/) id = substr(field, 4)
        if (field ~ /^NAME=/) name = substr(field, 6)
      }
      if (name == want || name == "MODE_" want) print id
    }' "$root/etc/nvpmodel.conf" | sed -n 1p
}
is_mode() {
  [ "$1" = "$2" ] || [ "$1" = "MODE_$2" ]
}

mode_before=
clocks_before=build/clocks-before.conf
restore() {
  [ ! -f "$clocks_before" ] || as_root jetson_clocks --restore "$clocks_before" >/dev/null 2>&1 || true
  rm -f "$clocks_before"
  [ -z "$mode_before" ] || as_root nvpmodel -m "$mode_before" </dev/null >/dev/null 2>&1 || true
}
trap restore EXIT
trap 'exit 130' INT TERM HUP

lock_clocks() {
  if ! command -v nvpmodel >/dev/null 2>&1 || ! command -v jetson_clocks >/dev/null 2>&1; then
    clocks=free
    note "nvpmodel or jetson_clocks are not here: the clocks stay free, and times vary"
    return
  fi
  if ! may_be_root; then
    clocks=free
    note "only root may set the power mode and lock the clocks: run sudo $0; times vary meanwhile"
    return
  fi
  now=$(power_mode)
  if ! is_mode "$now" "$mode"; then
    [ -r "$root/etc/nvpmodel.conf" ] || fail "$root/etc/nvpmodel.conf is not here" "measure with --free-clocks"
    id=$(mode_id "$mode")
    [ -n "$id" ] || fail "this board has no power mode $mode" \
      "it has: $(sed -n 's/^< *POWER_MODEL .*NAME=\([^ >]*\).*/\1/p' "$root/etc/nvpmodel.conf" | tr '\n' ' ')"
    mode_before=$(mode_id "$now")
    # It asks whether to reboot where a mode needs that: no.
    printf 'NO\n' | as_root nvpmodel -m "$id" >build/nvpmodel.log 2>&1 || true
    if ! is_mode "$(power_mode)" "$mode"; then
      mode_before=
      fail "the power mode is \"$(power_mode)\" and does not change to $mode without a reboot" \
        "set it with: sudo nvpmodel -m $id, let it reboot, and run this again; or measure with --mode or --free-clocks"
    fi
  fi
  as_root jetson_clocks --store "$clocks_before" >/dev/null
  as_root jetson_clocks >/dev/null
}

for case_name in $GOLDEN; do
  echo "golden case $case_name"
  rm -f "build/$case_name-outputs.json"
  run_golden "$case_name" >"build/$case_name.log" 2>&1 || {
    tail -n 20 "build/$case_name.log" >&2
    fail "the engine did not run golden case $case_name" "all that was said is in build/$case_name.log"
  }
done

[ "$clocks" = free ] || lock_clocks
echo "measuring in power mode $(power_mode), clocks $clocks"
rm -f build/times.json build/profile.json build/layers.json
run_measure >build/measure.log 2>&1 || {
  tail -n 20 build/measure.log >&2
  fail "the engine could not be measured" "all that was said is in build/measure.log"
}

python3 results.py --trtexec "$trtexec_version" --module "$module" --compatible "$module_compatible" \
  --l4t "$(l4t)" --power-mode "$(power_mode)" --clocks "$clocks"
