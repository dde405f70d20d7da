/** Prints settings.sh: all that the scripts on the board, the same in every bundle, have to know of this one. */
import { sha256Of } from '../../../numbers/sha256.ts';
import { numberOfVersion } from '../release/version-number.ts';
import { buildCommand, goldenCommand, measureCommand } from './commands.ts';
import type { BundleFile, BundleInput } from './input.ts';
import * as paths from './paths.ts';
import { shellQuote } from './quote/shell.ts';

/** @param checked the files whose hashes scripts hold against those that are there */
export function printSettings(input: BundleInput, checked: readonly BundleFile[]): BundleFile {
  const { platform, name, golden } = input;
  const { profile, software, powerMode } = platform;
  const build = buildCommand(input);
  const variables: readonly (readonly [string, string])[] = [
    ['MODULE', profile.name],
    ['MODULE_IDS', profile.moduleIds.join(' ')],
    ['PROFILE', profile.id],
    ['JETPACK', software.jetpack],
    ['TENSORRT', software.tensorrt],
    ['TRTEXEC_VERSIONS', versionPattern(software.tensorrt)],
    ['POWER_MODE', powerMode.name],
    ['BUILD_KIB', String(Math.floor(profile.limits.buildRamBytes / 1024))],
    ['ENGINE', paths.enginePath(name)],
    ['GOLDEN', golden.map((one) => one.name).join(' ')],
  ];
  const cases = golden.map((one) => `    ${one.name})\n${call(goldenCommand(input, one), 6)}\n      ;;\n`);
  const text = `# shellcheck shell=sh disable=SC2034,SC2154
# What build.sh and verify.sh have to know of this bundle: a model for ${profile.name}, JetPack ${software.jetpack}, TensorRT ${software.tensorrt}.
# Every flag is one that this release of trtexec takes. Made by tinyml ${input.source.toolVersion}.

${variables.map(([variable, value]) => `${variable}=${shellQuote(value)}`).join('\n')}

# board.sh sets trtexec.
run_build() {
${build === null ? '  # trtexec of this release cannot be told the precision of these layers.\n  python3 build_engine.py' : call(build, 2)}
}

run_golden() {
  case $1 in
${cases.join('')}  esac
}

run_measure() {
${call(measureCommand(input), 2)}
}

checksums() {
  cat <<'EOF'
${checked.map(([path, contents]) => `${sha256Of(contents)}  ${path}`).join('\n')}
EOF
}
`;
  return ['settings.sh', text];
}

function call(args: readonly string[], indent: number): string {
  const space = ' '.repeat(indent);
  return [`${space}"$trtexec"`, ...args.map((arg) => `${space}  ${shellQuote(arg)}`)].join(' \\\n');
}

/** Of the number that trtexec states, for all patches of a release: 10.3.0 is 100300, 8.5.2 is 8502. */
function versionPattern(version: string): string {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return `${numberOfVersion([major, minor, 0]) / 100}[0-9][0-9]`;
}
