/** Prints pass/build.sh: builds the engines of a gated model on the board. */
import type { Platform } from '../../release/platform.ts';
import { typingOf } from '../../release/typing.ts';
import { engineCommand } from '../commands.ts';
import type { BundleInput } from '../input.ts';
import { shellQuote } from '../quote/shell.ts';
import { IDS } from './parts.ts';
import type { PassBundle, PassNetwork } from './types.ts';

/** Lists that the stage is made quickest for: an eighth of the patches, where gates pay. */
const USUAL_SHARE = 1 / 8;

export function printPassBuild({ networks, patches }: PassBundle, { platform, source }: BundleInput): string {
  // A DLA takes no lists: its shapes are fixed, and it has no Gather.
  const gpu: Platform = { ...platform, dlaCore: null };
  return `#!/bin/sh
# Builds the engines of the gated model on the board that they are for. The stage takes lists of 1 to ${patches} patches.
# Made by tinyml ${source.toolVersion}.
#
#   ./build.sh [--force]
#
# --force  goes on where board or TensorRT are not those of the bundle
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"

force=no
for option in "$@"; do
  case $option in
    --force) force=yes ;;
    *)
      printf 'usage: %s [--force]\\n' "$0" >&2
      exit 2
      ;;
  esac
done

# shellcheck source=../settings.sh
. ../settings.sh
# shellcheck source=../board.sh
. ../board.sh

find_trtexec
check_release
check_module
(cd .. && check_files)
mkdir -p build

# Half an engine must never look like one.
building=
trap '[ -z "$building" ] || rm -f "$building"' EXIT
trap 'exit 130' INT TERM HUP

# shellcheck disable=SC2154 # board.sh sets trtexec
build() {
  name=$1
  shift
  building=build/$name.engine
  rm -f "$building"
  echo "building pass/$building; what trtexec says goes to pass/build/$name.log"
  status=0
  "$trtexec" "$@" >"build/$name.log" 2>&1 || status=$?
  if [ "$status" -ne 0 ] || [ ! -s "$building" ]; then
    tail -n 20 "build/$name.log" >&2
    fail "no engine was built (exit status $status)" "all that was said is in pass/build/$name.log"
  fi
  building=
}

# What was measured of older engines says nothing of these.
rm -f build/threshold.json build/results.json
${networks.map((network) => buildCall(network, patches, gpu)).join('\n')}
echo "built; python3 pass/run_pass.py compares the golden frames, --measure finds when whole frames are quicker"
`;
}

function buildCall({ name, precision }: PassNetwork, patches: number, platform: Platform): string {
  const lists = (count: number): string => `${IDS}:${count}`;
  const args = engineCommand(platform, {
    onnx: `${name}.onnx`,
    engine: `build/${name}.engine`,
    precision,
    typing: typingOf(platform),
    pins: [],
    shapes:
      name === 'stage'
        ? { min: lists(1), opt: lists(Math.max(1, Math.round(USUAL_SHARE * patches))), max: lists(patches) }
        : null,
  })!;
  return [`build ${name}`, ...args.map((arg) => `  ${shellQuote(arg)}`)].join(' \\\n');
}
