/** Instructions of a model on a Cortex-M7, counted by the emulator while the bundle is verified byte for byte. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sample } from '../../src/data/types.ts';
import type { Graph } from '../../src/graph/types.ts';
import { toolVersion } from '../../src/package-root.ts';
import { loadProfile } from '../../src/profiles/load.ts';
import type { CortexMProfile } from '../../src/profiles/types.ts';
import { deploymentOf } from '../../src/targets/cortex-m/deployment.ts';
import { tinyml } from './command.ts';

export type Executed = {
  /** Instructions of each frame, in order. */
  readonly perFrame: readonly number[];
  /** Whether every output of every frame has the bytes that the host computes. */
  readonly bitExact: boolean;
  readonly stateBytes: number;
  readonly arenaBytes: number;
  readonly flashBytes: number;
};

type Run = {
  readonly vectors: readonly { readonly name: string; readonly instructions: number }[];
  readonly bitExact: boolean;
  readonly flashBytes: number;
};

/** The hash of a model that comes from no file. */
/** Frames are given as the model takes them. */
const NO_CONTRACT = { preprocess: null, labels: [] };
const NO_FILE = '0'.repeat(64);

/**
 * @param graph quantised
 * @param device profile of a part with a Cortex-M7 whose memory holds the model
 * @param samples the frames that are run, one sequence where the model has state
 * @throws TinymlError as a Deployment; Error where `tinyml verify` fails
 */
export function execute(graph: Graph, device: string, folder: string, samples: readonly Sample[]): Executed {
  const profile = loadProfile(device) as CortexMProfile;
  const { bundle, planned } = deploymentOf(graph, profile, { library: 'builtin', seed: 1 });
  const source = { sha256: NO_FILE, bound: new Map(), toolVersion: toolVersion() };
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of bundle({ name: 'model', source, samples, frames: 1, input: NO_CONTRACT })
    .files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const { verify } = tinyml(['verify', folder, '--on', 'm7']) as { verify: { runs: readonly [Run] } };
  const [{ vectors, bitExact, flashBytes }] = verify.runs;
  const recorded = vectors.filter(({ name }) => name.startsWith('recorded'));
  return {
    perFrame: recorded.map(({ instructions }) => instructions),
    bitExact,
    stateBytes: planned.plan.stateBytes,
    arenaBytes: planned.plan.arenaBytes,
    flashBytes,
  };
}
