/** A model made ready for a Jetson: the files from which an engine is built, run and judged on the board. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { formatBytes, formatCount, formatPercent } from '../../diagnostics/units.ts';
import { withoutGates } from '../../gate/video/gates.ts';
import { PATCH_GATE } from '../../graph/own-operators.ts';
import type { Graph } from '../../graph/types.ts';
import { contractOf } from '../../input/contract.ts';
import { requireLabelsFit } from '../../input/labels.ts';
import { toolVersion } from '../../package-root.ts';
import { graphMacs } from '../../passes/graph-macs.ts';
import { MANIFEST_FILE } from '../bundle-folder.ts';
import type { Bundle, BundleRequest, Deployment, Description, EmitOptions, Subject } from '../target.ts';
import { goldenCases } from './bundle/golden.ts';
import { bundleFiles } from './bundle/index.ts';
import { checkName } from './bundle/name.ts';
import { costOfLists, passParts } from './bundle/pass/parts.ts';
import { passBundle } from './bundle/pass/pass.ts';
import { portsOf } from './bundle/ports.ts';
import {
  completeRanges,
  type DlaSupport,
  dlaSupport,
  preparedFor,
  requireMemory,
  writeModel,
} from './forms/index.ts';
import { requireClean } from './linter.ts';
import { modelOf } from './models.ts';
import type { TensorRtModel } from './release/model.ts';
import type { Platform } from './release/platform.ts';
import { typingOf } from './release/typing.ts';

/**
 * @throws TinymlError E_DATA for labels of another model, E_OP for what the release does not parse and for ports that cannot be bound,
 *   E_QUANT, E_USAGE as `modelOf`
 */
export async function deploymentOf(
  subject: Subject,
  options: EmitOptions,
  platform: Platform,
): Promise<Deployment> {
  requireInference(options);
  requireLabelsFit(contractOf(subject.graph).labels, subject.graph);
  const gated = subject.graph.nodes.some(({ op }) => op === PATCH_GATE) ? subject.graph : null;
  const dense = gated === null ? subject : { ...subject, graph: withoutGates(gated) };
  const typing = typingOf(platform);
  const given = await modelOf(dense, options, platform);
  const model = typing === 'cache' ? withoutPairs(given, platform) : given;
  const ports = portsOf(model.float, platform.release);
  const gateNotes = gated === null ? [] : [gateNote(gated, model)];
  // Where scales come from a calibration cache, the model has no pairs.
  const pairs = typing === 'cache' ? null : model.quantized;
  const producerVersion = toolVersion();
  const written = writeModel(pairs ?? model.float, platform, { layers: model.layers, producerVersion });
  const float = writeModel(model.float, { ...platform, precision: 'fp32' }, { producerVersion });
  requireClean(written.bytes, subject.model.source.path, platform);
  const bundle = async ({ name, source, samples, input }: BundleRequest): Promise<Bundle> => {
    const files = bundleFiles({
      ...{ platform, name: checkName(name), source, model, ...input, accuracy: null },
      onnx: { model: written.bytes, float: float.bytes },
      ...ports,
      golden: goldenCases(model, typing, ports, samples),
      pass: gated === null ? null : passBundle(gated, model, platform, samples, source.toolVersion),
    });
    return { files, main: MANIFEST_FILE };
  };
  return {
    planned: null,
    misfit: () => shortage(model.float, platform),
    bundle,
    describe: (_, folder, files) =>
      describe(model, [...written.notes, ...gateNotes], platform, folder, files),
  };
}

/** @throws TinymlError E_USAGE where the device is to train, or to take its input row by row */
function requireInference({ training, input }: EmitOptions): void {
  const hint = 'leave it out: it is for microcontrollers';
  if (training !== null) {
    throw new TinymlError('E_USAGE', 'engines do not train', { at: '--training', hint });
  }
  if (input === 'streamed') {
    throw new TinymlError('E_USAGE', 'engines take their inputs whole', { at: '--input streamed', hint });
  }
}

/** @throws TinymlError E_OP for a gated model that engines cannot run in parts */
function gateNote(gated: Graph, model: TensorRtModel): string {
  const cost = costOfLists(passParts(gated, model));
  return `pass/ runs it with its gates: a patch costs ${cost.toFixed(1)} times its share of a whole frame, so that they pay below ${formatPercent(1 / cost)} of active patches at best`;
}

/** What a DLA takes that knows no Q and DQ: layers that it has, and a range of every tensor that one follows for. */
function withoutPairs(model: TensorRtModel, platform: Platform): TensorRtModel {
  const float = preparedFor(model.float, platform);
  return { ...model, float, ranges: completeRanges(float, model.ranges) };
}

function shortage(graph: Graph, platform: Platform): TinymlError | null {
  try {
    requireMemory(graph, platform);
    return null;
  } catch (error) {
    if (error instanceof TinymlError && error.code === 'E_MEMORY') return error;
    throw error;
  }
}

function describe(
  { float, layers }: TensorRtModel,
  notes: readonly string[],
  platform: Platform,
  folder: string,
  files: number,
): Description {
  const { profile, software, powerMode, precision, dlaCore, workspaceBytes } = platform;
  const dla = dlaCore === null ? null : dlaSupport(float, platform);
  const macs = graphMacs(float);
  const counts = Object.fromEntries(
    (['int8', 'fp16', 'fp32'] as const).map((one) => [
      one,
      layers.filter((layer) => layer.precision === one).length,
    ]),
  );
  const { jetpack, tensorrt } = software;
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  return {
    json: {
      ...{ jetpack, tensorrt, powerMode: powerMode.name, precision, dlaCore, workspaceBytes, macs },
      layers: counts,
      ...(dla === null ? {} : { dla }),
      notes,
    },
    fields: [
      ['bundle', `${folder} (${files} files)`],
      ['target', `${profile.id}, JetPack ${jetpack}, TensorRT ${tensorrt}, power mode ${powerMode.name}`],
      ['layers', shown.map(([one, count]) => `${count} in ${one}`).join(', ')],
      ...(dla === null ? [] : [['DLA', `core ${dlaCore}: ${dlaText(dla)}`] as const]),
      ['workspace', formatBytes(workspaceBytes)],
      ['MACs', formatCount(macs)],
      ...notes.map((note) => ['note', note] as const),
      [
        'next',
        `copy ${folder} to the board and run verify.sh there; then tinyml verify ${folder} --results ${folder}/build/results.json`,
      ],
    ],
    warnings: [],
  };
}

function dlaText({ nodes, loadables, mostLoadables, borders }: DlaSupport): string {
  const there = nodes.filter(({ on }) => on === 'dla').length;
  const parts = `${loadables} ${loadables === 1 ? 'part' : 'parts'}`;
  const most = loadables > mostLoadables ? ` (a core holds ${mostLoadables})` : '';
  return `${there} of ${nodes.length} nodes in ${parts}${most}, ${borders} ${borders === 1 ? 'border' : 'borders'} to the GPU`;
}
