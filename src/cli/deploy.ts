import { basename, extname } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { toolVersion } from '../package-root.ts';
import { listCortexM } from '../profiles/load.ts';
import { summariseProgram } from '../program/summary.ts';
import { fieldList } from '../report/table.ts';
import { emitBundle } from '../targets/cortex-m/bundle.ts';
import { fitFailure } from '../targets/cortex-m/fit.ts';
import { foreignFiles } from '../targets/cortex-m/foreign-files.ts';
import { goldenVectors } from '../targets/cortex-m/golden.ts';
import { readNativeSources } from '../targets/cortex-m/native-sources.ts';
import type { CommandResult, Context } from './context.ts';
import { flagOption, numberOption, type Options, requiredText, textOption } from './options.ts';
import { dependencyRule } from './output-files.ts';
import { recordedInputs } from './recorded-inputs.ts';
import { inputFiles, targetProgram } from './target-program.ts';

/** `tinyml deploy m.int8.onnx --target P -o dir`: the bundle. Nothing is written unless the model fits. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const output = requiredText(options, 'output');
  context.outputs.checkFolder(output, foreignFiles);
  const target = await targetProgram(path, options, context);
  const { model, program, plan, profile, library } = target;
  const misfit = fitFailure(program, plan, profile, listCortexM());
  if (misfit !== null && !flagOption(options, 'force')) throw misfit;
  const name = textOption(options, 'name') ?? defaultName(path);
  checkFrames(target.graph.state.length > 0, options);
  const recorded = await recordedInputs(target, options, context);
  const files = emitBundle({
    program,
    plan,
    name,
    library,
    profile,
    source: { sha256: model.source.sha256, toolVersion: toolVersion() },
    golden: goldenVectors(program, plan, recorded.inputs, numberOption(options, 'frames')),
    native: readNativeSources(),
  });
  context.outputs.folder(output, new Map(files.map((file) => [file.path, file.contents])), foreignFiles);
  const depfile = textOption(options, 'depfile');
  if (depfile !== undefined) {
    const read = [...inputFiles(path, model, requiredText(options, 'target')), ...recorded.files];
    context.outputs.file(depfile, dependencyRule(`${output}/manifest.json`, read));
  }
  const { macs, weightsBytes } = summariseProgram(program, plan);
  const json = {
    output,
    name,
    target: profile.id,
    kernels: library,
    files: files.map((file) => file.path),
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
    ['bundle', `${output} (${files.length} files, symbols ${name}_*)`],
    ['target', `${profile.id} (${profile.core}), ${library} kernels`],
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
