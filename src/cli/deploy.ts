import { basename, extname } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { toolVersion } from '../package-root.ts';
import { summariseProgram } from '../program/summary.ts';
import { fieldList } from '../report/table.ts';
import { loadEmitter } from '../targets/index.ts';
import { GOLDEN_FRAMES } from '../targets/target.ts';
import type { CommandResult, Context } from './context.ts';
import { prepareDeployment } from './model.ts';
import { flagOption, numberOption, type Options, requiredText, textOption } from './options.ts';
import { dependencyRule } from './output-files.ts';
import { recordedSamples } from './recorded-samples.ts';

/** `tinyml deploy m.int8.onnx --target P -o dir`: the bundle. Nothing is written unless the model fits. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const output = requiredText(options, 'output');
  const emitter = loadEmitter(requiredText(options, 'target'));
  context.outputs.checkFolder(output, emitter.foreignFiles);
  const { model, graph, deployment } = await prepareDeployment(path, emitter, options, context);
  const { program, plan, machine, library } = deployment;
  const misfit = deployment.misfit(0);
  if (misfit !== null && !flagOption(options, 'force')) throw misfit;
  const name = textOption(options, 'name') ?? defaultName(path);
  checkFrames(graph.state.length > 0, options);
  const frames = numberOption(options, 'frames') ?? GOLDEN_FRAMES;
  const samples = await recordedSamples(graph, frames, options, context);
  const { files, main } = deployment.bundle({
    name,
    source: { sha256: model.source.sha256, toolVersion: toolVersion() },
    samples,
    frames,
  });
  context.outputs.folder(output, files, emitter.foreignFiles);
  const depfile = textOption(options, 'depfile');
  if (depfile !== undefined) {
    context.outputs.file(depfile, dependencyRule(`${output}/${main}`, context.filesRead()));
  }
  const { macs, weightsBytes } = summariseProgram(program, plan);
  const json = {
    output,
    name,
    target: machine.id,
    kernels: library,
    files: [...files.keys()],
    macs,
    memory: {
      arenaBytes: plan.arenaBytes,
      stateBytes: plan.stateBytes,
      lowerBoundBytes: plan.lowerBoundBytes,
      scratchBytes: plan.scratchBytes,
    },
    flash: { weightsBytes },
  };
  const text = fieldList([
    ['bundle', `${output} (${files.size} files, symbols ${name}_*)`],
    ['target', `${machine.id} (${machine.core}), ${library} kernels`],
    ['arena', `${formatCount(plan.arenaBytes)} B (lower bound ${formatCount(plan.lowerBoundBytes)} B)`],
    ...(plan.stateBytes === 0
      ? []
      : [['state', `${formatCount(plan.stateBytes)} B of it, kept from call to call`] as const]),
    ['tables', formatBytes(weightsBytes)],
    ['MACs', formatCount(macs)],
    ['next', `tinyml verify ${output} --on host,qemu`],
  ]);
  return { json, text };
}

/** @throws TinymlError E_USAGE for a length of sequences of a model that has none */
function checkFrames(stateful: boolean, options: Options): void {
  if (stateful || numberOption(options, 'frames') === undefined) return;
  throw new TinymlError('E_USAGE', 'the model has no state, and so no sequences', {
    at: '--frames',
    hint: 'leave it out, or say what is state with --state input=output',
  });
}

/** The file's name as a C identifier: `ic.int8.onnx` gives `ic`. */
function defaultName(path: string): string {
  const stem = basename(path, extname(path)).replace(/[.-]?(int8|quant|qdq)$/i, '');
  const identifier = stem.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=[0-9])/, '_');
  return identifier.slice(0, 31) || 'model';
}
