# shellcheck shell=sh disable=SC2153,SC2154
# What build.sh and verify.sh share: finding trtexec, checking that this board is the one the bundle was made for, and
# saying what the board is. Sourced after settings.sh, with force set to yes or no. TINYML_ROOT stands before /proc, /etc and /usr, to rehearse
# away from a board; empty on one.

root=${TINYML_ROOT:-}

fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
  exit 2
}

note() {
  printf 'note: %s\n' "$1" >&2
}

# Sets trtexec and trtexec_version, e.g. 100300 (8201 for 8.2.1).
find_trtexec() {
  trtexec=$(command -v trtexec || true)
  [ -n "$trtexec" ] || trtexec=$root/usr/src/tensorrt/bin/trtexec
  [ -x "$trtexec" ] || fail "trtexec is neither on the PATH nor at $trtexec" \
    "install it with: sudo apt-get install libnvinfer-bin"
  # Every run starts with a line "&&&& RUNNING TensorRT.trtexec [TensorRT v100300] ...".
  trtexec_version=$("$trtexec" --help 2>&1 | sed -n 's/.*\[TensorRT v\([0-9][0-9]*\)\].*/\1/p' | sed -n 1p)
  [ -n "$trtexec_version" ] || fail "$trtexec does not say which TensorRT it is of" \
    "run \"$trtexec --help\" and see what it prints first"
}

# An engine that another release would build is not what was checked, and options differ between them.
check_release() {
  # shellcheck disable=SC2254 # TRTEXEC_VERSIONS is a pattern
  case $trtexec_version in
    $TRTEXEC_VERSIONS) ;;
    *) refuse "this bundle is for TensorRT $TENSORRT of JetPack $JETPACK; trtexec here is of version $trtexec_version" \
      "make one for the JetPack of this board: tinyml deploy --target $PROFILE --jetpack ..." ;;
  esac
}

# Sets module and module_compatible, and holds the latter against the ids of the module.
check_module() {
  tree=$root/proc/device-tree
  module=unknown
  module_compatible=
  [ ! -r "$tree/model" ] || module=$(tr -d '\000' <"$tree/model")
  [ ! -r "$tree/compatible" ] || module_compatible=$(tr '\000' ' ' <"$tree/compatible")
  for id in $MODULE_IDS; do
    case $module_compatible in *"$id"*) return 0 ;; esac
  done
  refuse "this bundle is for $MODULE ($MODULE_IDS); this board is \"$module\" (${module_compatible:-no device tree})" \
    "engines are not portable: make a bundle for this module with tinyml deploy --target ..."
}

# A reason not to go on, unless told to.
refuse() {
  if [ "$force" = yes ]; then
    note "$1 (going on: --force)"
  else
    fail "$@" "to try it all the same: --force"
  fi
}

# Files may have been cut short or changed on their way.
check_files() {
  checksums | sha256sum --check --quiet - >&2 || fail "files of the bundle are missing or were changed" \
    "copy the bundle again, all of it"
}

# Name of the power mode, as nvpmodel gives it; empty where there is no nvpmodel.
power_mode() {
  if command -v nvpmodel >/dev/null 2>&1; then
    nvpmodel -q 2>/dev/null | sed -n 's/^NV Power Mode: *//p' | sed -n 1p
  fi
}

# Release of Jetson Linux, e.g. "R36 (release), REVISION: 4.3".
l4t() {
  if [ -r "$root/etc/nv_tegra_release" ]; then
    sed -n 's/^# \(R[0-9]* ([a-z]*), REVISION: [0-9.]*\).*/\1/p' "$root/etc/nv_tegra_release" | sed -n 1p
  fi
}

# A text as a JSON string; what is not plain ASCII is left out.
json_text() {
  printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr -cd ' !#-[]-~')"
}

sha256_of() {
  sha256sum "$1" | cut -d ' ' -f 1
}
