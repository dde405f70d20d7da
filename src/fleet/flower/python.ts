/** The user's Python, as far as a server needs it: the one that has Flower. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../diagnostics/errors.ts';
import { packageRoot } from '../../package-root.ts';

export type FlowerPython = {
  readonly python: string;
  /** Folder of the commands of Flower. */
  readonly scripts: string;
  readonly version: string;
  /** Whether it has the accountant of noise. */
  readonly canAccount: boolean;
};

/** What is needed, to be given to pip. */
const REQUIREMENTS = join(packageRoot(), 'src', 'fleet', 'flower', 'requirements.txt');

/** The app of the server. */
export const FLOWER_APP = join(packageRoot(), 'src', 'fleet', 'flower', 'app');

/** The first two numbers of the version that the wire was read from. */
const FLOWER = '1.42';

const PROBE = `
import json, sysconfig
from importlib.metadata import PackageNotFoundError, version
try:
    found = version("flwr")
except PackageNotFoundError:
    found = None
from importlib.util import find_spec
dp = find_spec("dp_accounting") is not None
print(json.dumps({"flwr": found, "dp": dp, "scripts": sysconfig.get_path("scripts")}))
`;

/** @throws TinymlError E_TOOLCHAIN where there is no such Python, or it has not that Flower */
export function flowerPython(python: string): FlowerPython {
  const { stdout, error, status } = spawnSync(python, ['-c', PROBE], { encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined || status !== 0) throw missing(python, 'there is no Python that runs');
  const found = JSON.parse(stdout) as {
    readonly flwr: string | null;
    readonly dp: boolean;
    readonly scripts: string;
  };
  if (found.flwr === null) throw missing(python, 'Flower is not installed in this Python');
  if (!found.flwr.startsWith(`${FLOWER}.`))
    throw missing(python, `this Python has Flower ${found.flwr}, not ${FLOWER}`);
  if (!existsSync(join(found.scripts, 'flower-superlink')))
    throw missing(python, 'the commands of Flower are not beside this Python');
  return { python, scripts: found.scripts, version: found.flwr, canAccount: found.dp };
}

/** @throws TinymlError E_TOOLCHAIN for a Python without the accountant of noise */
export function requireAccountant({ python, canAccount }: FlowerPython): void {
  if (!canAccount)
    throw missing(python, 'dp-accounting, which adds up what noise costs, is not installed in this Python');
}

function missing(python: string, message: string): TinymlError {
  return new TinymlError('E_TOOLCHAIN', message, {
    at: python,
    hint: `python3 -m venv flower && flower/bin/pip install -r ${REQUIREMENTS}; then --python flower/bin/python (Python 3.11 or later)`,
  });
}
