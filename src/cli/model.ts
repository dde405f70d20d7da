/** The steps that commands share: from a model file to a model made ready for a target. */
import { dirname, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { loadModel } from '../onnx/load.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import type { KernelLibrary } from '../program/implementation.ts';
import type { Deployment, Emitter } from '../targets/target.ts';
import type { Context } from './context.ts';
import { flagOption, listOption, type Options, requiredText } from './options.ts';
import { withAskedState } from './state.ts';

type Prepared = {
  readonly model: ImportedModel;
  readonly graph: Graph;
  readonly deployment: Deployment;
};

/** Reads --kernels, --keep-dead-channels, --dim, --state, --no-state and --seed. */
export async function prepareDeployment(
  path: string,
  emitter: Emitter,
  options: Options,
  context: Context,
): Promise<Prepared> {
  const library = requiredText(options, 'kernels') as KernelLibrary;
  const model = await openModel(path, context);
  const prepared = prepareGraph(model, {
    dims: dimensions(options),
    deadChannels: !flagOption(options, 'keep-dead-channels'),
  });
  warnOfGates(model, prepared, context);
  const graph = withAskedState(prepared, options);
  return { model, graph, deployment: emitter.prepare(graph, { library, seed: context.seed }) };
}

/** Reads a model, and says which files lie beside it. @throws TinymlError, E_USAGE where an output is among them */
export async function openModel(path: string, context: Context): Promise<ImportedModel> {
  const model = await loadModel(path);
  context.reads('the external data of the model', externalFiles(path, model));
  return model;
}

/** Says which gates of a file are none any more. @param graph prepared from the model */
export function warnOfGates(model: ImportedModel, graph: Graph, { warn }: Context): void {
  const own = new Map(graph.nodes.map(({ name, op }) => [name, op]));
  const lost = model.collapsed.filter(({ name, op }) => own.get(name) !== op);
  if (lost.length === 0) return;
  warn(
    'W_GATE',
    `${lost.length} of ${model.collapsed.length} operators of gates were changed by another tool`,
    {
      at: lost.map(({ name, op }) => `node "${name}" (${op})`),
      hint: 'take the file that tinyml wrote: optimisers rewrite the nodes that gates consist of',
    },
  );
}

function externalFiles(path: string, model: ImportedModel): readonly string[] {
  return model.source.externalFiles.map((file) => join(dirname(path), file));
}

/** `--dim name=n`, repeatable. @throws TinymlError E_USAGE. */
export function dimensions(options: Options): Readonly<Record<string, number>> {
  return Object.fromEntries(
    listOption(options, 'dim').map((text) => {
      const match = /^(.+)=(\d+)$/.exec(text);
      const size = Number(match?.[2]);
      if (match === null || size < 1 || size > 2 ** 31 - 1) {
        throw new TinymlError('E_USAGE', `--dim takes name=size with a size of at least 1, not "${text}"`, {
          hint: 'for example --dim batch=1',
        });
      }
      return [match[1]!, size];
    }),
  );
}
