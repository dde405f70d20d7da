/** Makes of a gated model what a bundle holds of it. */
import type { Sample } from '../../../../data/types.ts';
import { IDS_DIMENSION } from '../../../../gate/ids-form.ts';
import type { Graph, Port } from '../../../../graph/types.ts';
import { writeModel } from '../../forms/index.ts';
import { standardGraph } from '../../forms/standard.ts';
import type { TensorRtModel } from '../../release/model.ts';
import type { Platform, Precision } from '../../release/platform.ts';
import { passGolden } from './golden.ts';
import { costOfLists, IDS, passParts } from './parts.ts';
import type { PassBundle, PassNetwork, PassPort } from './types.ts';

/**
 * @param gated with one gate, in exact mode, of its only input
 * @param model of the same without gates, as the bundle has it
 * @param samples frames of a clip; only the first sequence counts
 * @throws TinymlError E_OP where there is no such form, or the release parses none of it
 */
export function passBundle(
  gated: Graph,
  model: TensorRtModel,
  platform: Platform,
  samples: readonly Sample[],
  toolVersion: string,
): PassBundle {
  const parts = passParts(gated, model);
  // A DLA takes no lists: its shapes are fixed, and it has no Gather.
  const gpu: Platform = { ...platform, dlaCore: null };
  const patches = parts.grid.rows * parts.grid.columns;
  const shapeOf = (name: string): readonly number[] => {
    const port = [parts.rest, parts.dense].flatMap(
      (graph) => graph?.outputs.filter((one) => one.name === name) ?? [],
    )[0]!;
    return (parts.rest?.outputs.includes(port) ? parts.rest : parts.dense).values.get(port.value)!.shape;
  };
  const network = (name: PassNetwork['name'], graph: Graph, precision: Precision): PassNetwork => {
    const port = ({ name: own, value }: Port): PassPort => ({
      name: own,
      shape: own === IDS ? [IDS_DIMENSION] : graph.values.get(value)!.shape,
    });
    return {
      name,
      onnx: writeModel(
        graph,
        { ...gpu, precision },
        { producerVersion: toolVersion, shapes: { [IDS]: [IDS_DIMENSION] } },
      ).bytes,
      precision,
      inputs: graph.inputs.map(port),
      outputs: graph.outputs.map(port),
      ties: graph.state,
    };
  };
  return {
    ...{ caches: parts.caches, grid: parts.grid, patch: parts.patch, patches },
    networks: [
      network('gate', standardGraph(parts.gate), 'fp32'),
      network('stage', parts.stage, platform.precision),
      network('dense', parts.dense, platform.precision),
      ...(parts.rest === null ? [] : [network('rest', parts.rest, platform.precision)]),
    ],
    results: parts.results.map((result) => ({ ...result, shape: shapeOf(result.port) })),
    cost: costOfLists(parts),
    golden: passGolden(parts, model, platform.release, samples),
  };
}
