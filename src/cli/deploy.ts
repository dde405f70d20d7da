import { TinymlError } from '../diagnostics/errors.ts';
import { contractOf } from '../input/contract.ts';
import { toolVersion } from '../package-root.ts';
import { boundInputs } from '../passes/bound-inputs.ts';
import { removedFields, removedJson } from '../report/removed-channels.ts';
import { fieldList } from '../report/table.ts';
import { defaultBundleName } from '../targets/bundle-name.ts';
import { GOLDEN_FRAMES } from '../targets/target.ts';
import type { CommandResult, Context } from './context.ts';
import { writeDepfile } from './depfile.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { prepareDeployment } from './model.ts';
import { leastFormFor, misfitOf } from './need.ts';
import { flagOption, numberOption, type Options, requiredText, textOption } from './options.ts';
import { recordedSamples } from './recorded-samples.ts';
import { emitterOf, requiredTarget } from './target.ts';

/** `tinyml deploy m.onnx --target P -o dir`: the bundle. Nothing is written unless the model fits. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const output = requiredText(options, 'output');
  const target = await requiredTarget(options);
  const emitter = await emitterOf(options);
  context.outputs.checkFolder(output, emitter.foreignFiles);
  const { subject, deployment } = await prepareDeployment(path, emitter, options, context);
  const misfit = await misfitOf(deployment, context);
  if (misfit !== null && !flagOption(options, 'force')) throw misfit;
  const { planned } = deployment;
  const overLimit = gateFailure(
    evaluateGates(options, planned === null ? {} : { 'max-ram': planned.plan.arenaBytes }),
    'the device plans itself: --max-ram is for microcontrollers',
    leastFormFor(planned),
  );
  if (overLimit !== null) throw overLimit;
  const name = textOption(options, 'name') ?? defaultBundleName(path);
  checkFrames(subject.graph.state.length > 0, options);
  const frames = numberOption(options, 'frames') ?? GOLDEN_FRAMES;
  const samples = await recordedSamples(subject.graph, frames, options, context);
  const { files, main } = await deployment.bundle({
    name,
    source: {
      sha256: subject.model.source.sha256,
      bound: boundInputs(subject.model),
      toolVersion: toolVersion(),
    },
    samples,
    frames,
    input: contractOf(subject.graph),
  });
  context.outputs.folder(output, files, emitter.foreignFiles);
  writeDepfile(`${output}/${main}`, options, context);
  const { json, fields, warnings } = deployment.describe(name, output, files.size);
  for (const { code, message, at, hint } of warnings) {
    context.warn(code, message, { at, ...(hint === null ? {} : { hint }) });
  }
  const removed = subject.removed;
  const figures = [...fields.filter(([name]) => name !== 'next'), ...removedFields(removed)];
  const next = fields.filter(([name]) => name === 'next');
  return {
    json: {
      output,
      name,
      target: target.id,
      files: [...files.keys()],
      deadChannels: removedJson(removed),
      ...json,
    },
    text: fieldList([...figures, ...next]),
    brief: fieldList(figures),
  };
}

/** @throws TinymlError E_USAGE for a length of sequences of a model that has none */
function checkFrames(stateful: boolean, options: Options): void {
  if (stateful || numberOption(options, 'frames') === undefined) return;
  throw new TinymlError('E_USAGE', 'the model has no state, and so no sequences', {
    at: '--frames',
    hint: 'leave it out, or say what is state with --state input=output',
  });
}
