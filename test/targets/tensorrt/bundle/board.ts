/** A Jetson to rehearse on: a folder with a bundle, programs of a board that stand in for the real ones, and its /proc and /etc. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageRoot } from '../../../../src/package-root.ts';
import type { Platform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { numberOfVersion } from '../../../../src/targets/tensorrt/release/version-number.ts';

export type Board = {
  /** The bundle. */
  readonly folder: string;
  /** What stands for `/` of the board. */
  readonly root: string;
  /** Runs a program of the board in the folder. */
  readonly run: (command: readonly string[], env?: Readonly<Record<string, string>>) => Outcome;
  /** What trtexec was called with. */
  readonly calls: () => readonly (readonly string[])[];
  /** What nvpmodel and jetson_clocks were called with. */
  readonly settings: () => readonly string[];
};

type Outcome = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** Arguments of node that start the stand-in: compiled, or its source through tsx. */
const FAKE_TRTEXEC = import.meta.url.endsWith('.js')
  ? [fileURLToPath(new URL('./fake-trtexec.js', import.meta.url))]
  : [
      '--import',
      pathToFileURL(join(packageRoot(), 'node_modules/tsx/dist/loader.mjs')).href,
      fileURLToPath(new URL('./fake-trtexec.ts', import.meta.url)),
    ];

/** Says its version itself, which is asked for often. */
const TRTEXEC = `#!/bin/sh
if [ "$1" = --help ]; then
  echo "&&&& RUNNING TensorRT.trtexec [TensorRT v$FAKE_VERSION] # trtexec --help"
  exit
fi
exec ${[process.execPath, ...FAKE_TRTEXEC].map((word) => `'${word}'`).join(' ')} "$@"
`;

/** Keeps the mode in a file; `needs-reboot` in the name of a mode refuses to change to it. */
const NVPMODEL = `#!/bin/sh
echo "nvpmodel $*" >>"$BOARD/settings"
case $1 in
  -q) printf 'NV Power Mode: %s\\n0\\n' "$(cat "$BOARD/mode")" ;;
  -m)
    name=$(sed -n "s/^< POWER_MODEL ID=$2 NAME=\\([^ ]*\\) >$/\\1/p" "$TINYML_ROOT/etc/nvpmodel.conf")
    case $name in *REBOOT*) echo 'reboot?' ;; *) echo "$name" >"$BOARD/mode" ;; esac
    ;;
esac
`;

const JETSON_CLOCKS = `#!/bin/sh
echo "jetson_clocks $1" >>"$BOARD/settings"
[ "$1" != --store ] || echo stored >"$2"
`;

/** Of a board where no password is asked for. */
const SUDO = '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n';

/**
 * @param files of the bundle @param place name of its folder, which may be hostile
 * @param programs left out of the board
 */
export async function withBoard(
  files: ReadonlyMap<string, string | Uint8Array>,
  platform: Platform,
  body: (board: Board) => void | Promise<void>,
  { place = 'bundle', without = [] }: { readonly place?: string; readonly without?: readonly string[] } = {},
): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'tinyml-board-'));
  try {
    const folder = join(base, place);
    for (const [path, contents] of files) put(join(folder, path), contents);
    const root = join(base, 'root');
    const compatible = `nvidia,p3768-0000+${platform.profile.moduleIds[0]}\0nvidia,tegra234\0`;
    put(join(root, 'proc/device-tree/compatible'), compatible);
    put(join(root, 'proc/device-tree/model'), `NVIDIA ${platform.profile.name}\0`);
    put(join(root, 'proc/meminfo'), 'MemTotal: 8000000 kB\nMemAvailable: 7000000 kB\n');
    put(join(root, 'etc/nv_tegra_release'), '# R36 (release), REVISION: 4.3, GCID: 1, BOARD: generic\n');
    const modes = ['OTHER', `MODE_${platform.powerMode.name}`, 'MODE_REBOOT'];
    const lines = modes.map((mode, id) => `< POWER_MODEL ID=${id} NAME=${mode} >\nCPU_ONLINE CORE_0 1\n`);
    put(join(root, 'etc/nvpmodel.conf'), lines.join(''));
    put(join(base, 'mode'), 'OTHER\n');
    put(join(base, 'calls'), '');
    put(join(base, 'settings'), '');
    const programs = {
      trtexec: TRTEXEC,
      nvpmodel: NVPMODEL,
      jetson_clocks: JETSON_CLOCKS,
      sudo: SUDO,
    };
    for (const [name, text] of Object.entries(programs)) {
      if (without.includes(name)) continue;
      put(join(base, 'bin', name), text);
      chmodSync(join(base, 'bin', name), 0o755);
    }
    const own = {
      PATH: `${join(base, 'bin')}:${process.env.PATH}`,
      TINYML_ROOT: root,
      BOARD: base,
      FAKE_RELEASE: platform.release.id,
      FAKE_VERSION: String(numberOfVersion(platform.release.version)),
      FAKE_RECORD: join(base, 'calls'),
    };
    await body({
      folder,
      root,
      run: ([command, ...args], env = {}) => {
        const { status, stdout, stderr } = spawnSync(command!, args, {
          cwd: folder,
          encoding: 'utf8',
          env: { ...process.env, ...own, ...env },
        });
        return { status, stdout, stderr };
      },
      calls: () => linesOf(join(base, 'calls')).map((line) => JSON.parse(line) as readonly string[]),
      settings: () => linesOf(join(base, 'settings')),
    });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function put(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
  if (path.endsWith('.sh')) chmodSync(path, 0o755);
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
