import { readdirSync } from 'node:fs';
import { IDS_DIMENSION, IDS_INPUT, idsForm } from '../gate/ids-form.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { toolVersion } from '../package-root.ts';
import type { Context } from './context.ts';

/**
 * Writes a gated model as the folder of models that `idsForm` makes of it; gives the paths of the files in it.
 * @throws TinymlError E_OP for what has no such form, E_WRITE
 */
export function writeIdsForm(graph: Graph, folder: string, { outputs }: Context): readonly string[] {
  const form = idsForm(graph);
  const options = { producerVersion: toolVersion(), shapes: { [IDS_INPUT]: [IDS_DIMENSION] } };
  const files = new Map(
    PARTS.flatMap((part) => {
      const model = form[part];
      return model === null ? [] : [[fileOf(part), exportModel(model, options)] as const];
    }),
  );
  outputs.folder(folder, files, foreignIn);
  return [...files.keys()];
}

/** Says before the work what `writeIdsForm` would say after it. @throws TinymlError E_OP, E_WRITE */
export function checkIdsForm(graph: Graph, folder: string, { outputs }: Context): void {
  idsForm(graph);
  outputs.checkFolder(folder, foreignIn);
}

function foreignIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !OWN.has(name));
}

type Part = 'gate' | 'stage' | 'rest';
const PARTS: readonly Part[] = ['gate', 'stage', 'rest'];
const fileOf = (part: Part): string => `${part}.onnx`;
const OWN: ReadonlySet<string> = new Set(PARTS.map(fileOf));
