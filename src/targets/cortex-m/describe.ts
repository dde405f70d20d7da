/** What is told of a bundle that was written: what the model takes on the device, and what to do next. */

import { formatBytes, formatCount } from '../../diagnostics/units.ts';
import { type Warning, warning } from '../../diagnostics/warnings.ts';
import type { InputContract } from '../../input/contract.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import type { KernelLibrary } from '../../program/implementation.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { summariseProgram } from '../../program/summary.ts';
import { tableBytes } from '../../program/tables.ts';
import { type Description, dataInFields } from '../target.ts';
import { scoresOf } from './input/classes.ts';
import { couldTakePixels } from './input/conversions.ts';
import { dataInOf } from './input/data-in.ts';
import { deviceInputOf } from './input/device-input.ts';
import { type DeviceInput, inputFunctions } from './input/print-input.ts';
import { createLayout, type Port } from './layout.ts';
import { summariseTraining, trainingFields } from './training/summary.ts';
import { sharingTables, type Training } from './training/training.ts';

/** Names that firmware can print; that there are none, where an output may be of classes. */
function classFields(names: number, scores: boolean): readonly (readonly [string, string])[] {
  if (names > 0) return [['classes', `${formatCount(names)} names`]];
  return scores ? [['classes', 'no names: give --labels, if these are classes']] : [];
}

/** That an input in the shape of an image is made of floats alone, because nobody said what is done to pixels. */
function pixelWarnings({ inputs, described }: DeviceInput): readonly Warning[] {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0 || !couldTakePixels(input.port)) return [];
  if (input.port.streamed !== null) return described ? [rowsWarning(input.port)] : [];
  if (described) return [];
  const { name, onnxShape } = input.port;
  const message =
    'the bundle has no function that takes pixels: the model says nothing of preprocessing, so its input is made of floats alone';
  return [
    warning('W_NO_PIXELS', message, {
      at: `input "${name}" [${onnxShape.join(', ')}]`,
      hint: 'if it takes images, give --preprocess <file.json>, or --preprocess raw where pixels go in as they are (as a file with {} says); here, or to "tinyml quantize"',
    }),
  ];
}

function rowsWarning({ name, onnxShape }: Port): Warning {
  return warning(
    'W_NO_PIXELS',
    'the bundle has no function that takes pixels: its input comes in rows, which the application gives as codes',
    {
      at: `input "${name}" [${onnxShape.join(', ')}]`,
      hint: 'the header of the bundle says how real values become codes; with --input resident there are functions for pixels',
    },
  );
}

type Described = {
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly library: KernelLibrary;
  readonly profile: CortexMProfile;
  readonly contract: InputContract;
  readonly training: Training | null;
};

/** @param prefix of all symbols @param folder of the bundle @param files how many it has */
export function describeBundle(
  { program, plan, library, profile, contract, training }: Described,
  prefix: string,
  folder: string,
  files: number,
): Description {
  const { macs, float } = summariseProgram(program, plan);
  const weightsBytes = tableBytes(...sharingTables(program, training));
  const trained = training === null ? null : summariseTraining(training);
  const { arenaBytes, stateBytes, livePeakBytes, scratchBytes } = plan;
  const device = deviceInputOf(createLayout(program, plan, prefix).ports, contract);
  const functions = inputFunctions(device, prefix);
  const dataIn = dataInOf(device);
  const input = { functions, classes: contract.labels.length, ...dataIn };
  return {
    json: {
      kernels: library,
      macs,
      memory: { arenaBytes, stateBytes, livePeakBytes, scratchBytes },
      flash: { weightsBytes },
      ...(trained === null ? {} : { training: trained }),
      ...(float === null ? {} : { float: { ...float, steps: float.steps.length } }),
      input,
    },
    fields: [
      ['bundle', `${folder} (${files} files, symbols ${prefix}_*)`],
      ['target', `${profile.id} (${profile.core}), ${library} kernels`],
      [
        'arena',
        `${formatCount(arenaBytes)} B (live peak${trained === null ? '' : ' of an inference'} ${formatCount(livePeakBytes)} B)`,
      ],
      ...(stateBytes === 0
        ? []
        : [['state', `${formatCount(stateBytes)} B of it, kept from call to call`] as const]),
      ['tables', formatBytes(weightsBytes + (dataIn?.tableBytes ?? 0))],
      ['MACs', formatCount(macs)],
      ...(trained === null ? [] : trainingFields(trained, prefix)),
      ...(float === null || trained !== null
        ? []
        : [
            [
              'in float32',
              `${float.layers.join(', ')}: ${formatCount(float.macs)} MACs, tables ${formatCount(float.weightsBytes)} B, at most ${formatCount(float.liveBytes)} B live`,
            ] as const,
          ]),
      ...(functions.length === 0 ? [] : [['functions', functions.join(', ')] as const]),
      ...(dataIn === null ? [] : dataInFields(dataIn, null)),
      ...classFields(input.classes, scoresOf(device.outputs) !== null),
      ['next', `tinyml verify ${folder} --on host,qemu`],
    ],
    warnings: pixelWarnings(device),
  };
}
