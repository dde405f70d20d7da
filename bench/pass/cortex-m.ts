/** Instructions of a model on a Cortex-M7, counted by the emulator while the bundle is verified byte for byte. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { tinyml } from './command.ts';

export type Executed = {
  /** Instructions of each frame of the clip, in order; one entry where all frames cost the same. */
  readonly perFrame: readonly number[];
  readonly bitExact: boolean;
  readonly ramBytes: number;
  readonly flashBytes: number;
};

type Vector = { readonly name: string; readonly instructions: number; readonly bitExact: boolean };

type Run = {
  readonly vectors: readonly Vector[];
  readonly bitExact: boolean;
  readonly ramBytes: number;
  readonly flashBytes: number;
};

/** Frames to execute: files and options as `deploy` takes them. */
export type Executions = { readonly frames: number; readonly data: readonly string[] };

/**
 * @param graph quantised
 * @throws TinymlError what the commands throw
 */
export function execute(graph: Graph, folder: string, { frames, data }: Executions): Executed {
  const [model, bundle] = [join(folder, 'model.int8.onnx'), join(folder, 'firmware')];
  writeFileSync(model, exportModel(graph));
  const sequence = graph.state.length > 0 ? ['--frames', String(frames), '--golden', ...data] : [];
  tinyml(['deploy', model, '--target', 'stm32h743', '--force', '--name', 'model', '-o', bundle, ...sequence]);
  const { verify } = tinyml(['verify', bundle, '--on', 'm7']) as { verify: { runs: readonly [Run] } };
  const [{ vectors, bitExact, ramBytes, flashBytes }] = verify.runs;
  const recorded = vectors.filter(({ name }) => name.startsWith('recorded'));
  const counted = recorded.length > 0 ? recorded : vectors.slice(0, 1);
  return { perFrame: counted.map(({ instructions }) => instructions), bitExact, ramBytes, flashBytes };
}
