/** Golden frames of a gated model: what the engines have to give for a sequence, and how many patches of each frame change. */
import { type Sample, startsSequence } from '../../../../data/types.ts';
import { createExecutor } from '../../../../execute/float.ts';
import { PATCH_STATISTICS } from '../../../../graph/own-operators.ts';
import { dataInputs, dataOutputs } from '../../../../graph/state.ts';
import { elementCount } from '../../../../graph/tensor.ts';
import type { Graph } from '../../../../graph/types.ts';
import { mixSeed, seededRandom } from '../../../../numbers/random.ts';
import { floatAttribute } from '../../../../ops/attributes.ts';
import type { TensorRtModel } from '../../release/model.ts';
import type { Release } from '../../release/release.ts';
import { goldenCases } from '../golden.ts';
import { portsOf } from '../ports.ts';
import { BLENDED, type PassParts, STALE } from './parts.ts';
import type { PassGolden } from './types.ts';

/**
 * Of the first sequence of the samples; without any, of one that is made up: noise, the same again, one patch and then a quarter of
 * them changed, other noise.
 */
export function passGolden(
  parts: PassParts,
  model: TensorRtModel,
  release: Release,
  samples: readonly Sample[],
): PassGolden {
  const end = samples.findIndex((sample, i) => i > 0 && startsSequence(sample));
  const recorded = samples.slice(0, end < 0 ? samples.length : end).map(({ inputs }) => inputs[0]!);
  const frames = recorded.length > 0 ? recorded : madeUp(parts, model);
  const { blended, active } = decided(parts.gate, frames);
  const ports = portsOf(model.float, release);
  const cases = goldenCases(
    model,
    'weak',
    ports,
    blended.map((data, index) => ({
      inputs: [data],
      label: null,
      frame: { index, last: index === blended.length - 1, judged: true },
    })),
  ).filter(({ name }) => name.startsWith('recorded'));
  const outputs = dataOutputs(model.float).map(({ name }) => name);
  const places = parts.results.map(({ name }) =>
    ports.outputs.findIndex((port) => port.name === name && outputs.includes(name)),
  );
  return {
    inputs: frames,
    active,
    outputs: cases.map((one) => places.map((place) => one.outputs[place]!)),
    tolerances: places.map((place) => Math.max(...cases.map((one) => one.tolerances[place]!))),
  };
}

/** What the gate makes of frames. */
function decided(gate: Graph, frames: readonly Float32Array[]) {
  const { value } = gate.outputs.find(({ name }) => name === BLENDED)!;
  // An output that is state is no result: it is given once more, under a name of its own.
  const seen = { name: `${BLENDED}_seen`, value, dtype: 'float32' as const };
  const graph: Graph = { ...gate, outputs: [...gate.outputs, seen] };
  const names = dataOutputs(graph).map(({ name }) => name);
  const executor = createExecutor(graph);
  const { shape } = gate.values.get(dataInputs(gate)[0]!.value)!;
  const steps = frames.map((data) => {
    const outputs = executor.run([{ dtype: 'float32', shape, data }]);
    const of = (name: string): Float32Array => outputs[names.indexOf(name)]!.data as Float32Array;
    return { blended: of(seen.name).slice(), active: of(STALE).reduce((count, one) => count + one, 0) };
  });
  return { blended: steps.map(({ blended }) => blended), active: steps.map(({ active }) => active) };
}

function madeUp({ gate, grid, patch }: PassParts, model: TensorRtModel): readonly Float32Array[] {
  const [input] = dataInputs(model.float);
  const { shape } = gate.values.get(dataInputs(gate)[0]!.value)!;
  const [, channels = 1, height = 1, width = 1] = shape;
  const most = model.ranges.get(input!.name) ?? fullScale(gate);
  const noise = (seed: number): Float32Array => {
    const random = seededRandom(mixSeed(seed, 0));
    return Float32Array.from({ length: elementCount(shape) }, () => random() * most);
  };
  const [first, second] = [noise(1), noise(2)];
  /** The first with patches of the second where a row and a column of the grid say so. */
  const changed = (takes: (row: number, column: number) => boolean): Float32Array =>
    first.map((value, i) => {
      const [row, column] = [Math.floor(i / width) % height, i % width];
      return takes(Math.floor(row / patch), Math.floor(column / patch)) && i < channels * height * width
        ? second[i]!
        : value;
    });
  const one = changed((row, column) => row === 0 && column === 0);
  const quarter = changed((row, column) => row < grid.rows / 2 && column < grid.columns / 2);
  return [first, first, one, quarter, second];
}

/** Values as great as the codes of the gate go; 1 for gates that count in none. */
function fullScale({ nodes }: Graph): number {
  const statistics = nodes.find(({ op }) => op === PATCH_STATISTICS);
  return statistics === undefined ? 1 : 255 * floatAttribute(statistics, 'unit', 1);
}
