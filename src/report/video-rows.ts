/** What a gated model did on clips, as tables. */
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Spread, VideoEvaluation } from '../gate/video/evaluate.ts';

type Columns = readonly { readonly title: string; readonly align?: 'left' | 'right' }[];

const right = (title: string) => ({ title, align: 'right' as const });

export const STAGE_COLUMNS: Columns = [
  { title: 'gate' },
  right('patch'),
  right('patches'),
  right('skipped'),
  right('5 %'),
  right('95 %'),
];

export function stageRows({ stages }: Pick<VideoEvaluation, 'stages'>): readonly (readonly string[])[] {
  return stages.map(({ gate, patch, rows, columns, skip }) => [
    gate,
    `${patch}x${patch}`,
    `${rows}x${columns}`,
    ...spread(skip),
  ]);
}

export const LAYER_COLUMNS: Columns = [
  { title: 'layer' },
  { title: 'op' },
  right('MACs'),
  right('closed'),
  right('5 %'),
  right('95 %'),
];

export function layerRows({ stages }: Pick<VideoEvaluation, 'stages'>): readonly (readonly string[])[] {
  return stages.flatMap(({ layers }) =>
    layers.map(({ name, op, macs, closed }) => [name, op, formatCount(macs), ...spread(closed)]),
  );
}

function spread({ mean, p5, p95 }: Spread): readonly string[] {
  return [mean, p5, p95].map(formatPercent);
}

/** The figures that sum it up, by name. */
export function videoFacts(evaluation: VideoEvaluation): readonly (readonly [string, string])[] {
  const { macs, drift, time, memory, frames, clips, arithmetic } = evaluation;
  const { cosine, relativeL2, sameArgMax, growth } = drift;
  return [
    ['frames', `${formatCount(frames)} of ${clips} ${clips === 1 ? 'clip' : 'clips'}, in ${arithmetic}`],
    [
      'MACs',
      `${formatCount(Math.round(macs.done))} of ${formatCount(macs.dense)} per frame: ${formatPercent(macs.saved)} saved, ${(macs.dense / macs.done).toFixed(2)} times fewer`,
    ],
    [
      'gates',
      `${formatCount(macs.gates)} MACs of these, ${formatPercent(macs.gates / macs.dense)} of the dense model`,
    ],
    ['cosine', `${cosine.mean.toFixed(5)} with the dense output, at least ${cosine.least.toFixed(5)}`],
    ['relative L2', `${formatPercent(relativeL2.mean)}, at most ${formatPercent(relativeL2.most)}`],
    [
      'growth',
      `${formatPercent(growth.first)} in the first third of a clip, ${formatPercent(growth.last)} in the last`,
    ],
    ['argmax', `the same in ${formatPercent(sameArgMax)} of the frames`],
    ['time', timeText(time, arithmetic)],
    ...(memory === null
      ? []
      : [
          [
            'RAM',
            `${formatBytes(memory.gated.arenaBytes)}, ${formatBytes(memory.gated.stateBytes)} of it kept from frame to frame; dense ${formatBytes(memory.dense.arenaBytes)}`,
          ] as const,
        ]),
  ];
}

function timeText(
  { dense, gated }: VideoEvaluation['time'],
  arithmetic: VideoEvaluation['arithmetic'],
): string {
  const both = `${gated.toFixed(2)} ms per frame on this machine, dense ${dense.toFixed(2)} ms`;
  return arithmetic === 'float32'
    ? `${both} (in float nothing is skipped: quantise the model)`
    : `${both}: ${(dense / gated).toFixed(2)} times as fast`;
}
