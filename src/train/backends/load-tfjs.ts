/** @tensorflow/tfjs-node, an optional peer. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import util from 'node:util';
import { TinymlError } from '../../diagnostics/errors.ts';
import { packageRoot } from '../../package-root.ts';
import type { Tf } from './tfjs-types.ts';

const PACKAGE = '@tensorflow/tfjs-node';
/** Where scripts/tfjs-node.sh puts the package unless told otherwise. */
const SCRIPT_FOLDER = '.tfjs';

/**
 * The package in the folder that TINYML_TFJS names (made by scripts/tfjs-node.sh); without it that of node_modules, else that
 * in the script's default folder. TensorFlow makes its threads as it is loaded: `threads` counts in the first call only,
 * and not where TF_NUM_INTRAOP_THREADS is set.
 * @throws TinymlError E_TOOLCHAIN if it is not there or does not run
 */
export function loadTfjs(threads: number): Tf {
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  process.env.TF_NUM_INTEROP_THREADS ??= '1';
  // Leaves out most of what TensorFlow says about this machine on the error output.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  restoreUtil();
  const at = findPackage();
  try {
    return createRequire(import.meta.url)(at) as Tf;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    throw new TinymlError(
      'E_TOOLCHAIN',
      missing ? `${PACKAGE} is not installed` : `${PACKAGE} does not run`,
      {
        at,
        hint: 'sh scripts/tfjs-node.sh makes it run here; TINYML_TFJS names its folder if it is not .tfjs',
        cause,
      },
    );
  }
}

/** What to require. */
function findPackage(): string {
  const inside = (folder: string) => join(resolve(folder), 'node_modules', PACKAGE);
  const named = process.env.TINYML_TFJS;
  if (named) return inside(named);
  const local = inside(join(packageRoot(), SCRIPT_FOLDER));
  return !isInstalled() && existsSync(local) ? local : PACKAGE;
}

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve(PACKAGE);
    return true;
  } catch {
    return false;
  }
}

/** Node 23 removed functions of `util` that tfjs-node 4.22 still calls. */
function restoreUtil(): void {
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: typeof Array.isArray };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}
