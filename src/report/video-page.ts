import type { Image } from '../data/source.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import type { Curve } from '../gate/video/curves.ts';
import type { FrameResult, VideoEvaluation } from '../gate/video/evaluate.ts';
import { barChart, lineChart } from './charts.ts';
import { escapeHtml, htmlFacts, htmlList, htmlNote, htmlPage, htmlTable, type Section } from './html.ts';
import { encodePng } from './png.ts';
import { LAYER_COLUMNS, layerRows, STAGE_COLUMNS, stageRows, videoFacts } from './video-rows.ts';
import { warningLines } from './warning-lines.ts';

/** A picture of a frame with its skipped patches shaded. */
export type Still = { readonly caption: string; readonly picture: Image };

/** What a gated model skipped on clips, and what that cost. */
export function videoPage(
  model: string,
  clips: string,
  evaluation: VideoEvaluation,
  stills: readonly Still[],
  curves: readonly Curve[],
  warnings: readonly Warning[],
): string {
  const { perFrame, stages, macs } = evaluation;
  const over = (of: (frame: FrameResult) => number): readonly (readonly [number, number])[] =>
    perFrame.map((frame, i) => [i, of(frame)]);
  const percent = { x: 'frame', unit: '%' };
  const layers = stages.flatMap((stage) => stage.layers);
  const sections: readonly (Section | null)[] = [
    {
      title: 'Result',
      body: `${htmlFacts(videoFacts(evaluation))}\n${htmlNote(RESULT_LEGEND)}`,
    },
    warnings.length === 0
      ? null
      : {
          title: 'Warnings',
          body: htmlList(warningLines(warnings)),
        },
    stills.length === 0
      ? null
      : { title: 'Frames, with the patches that were skipped shaded', body: stills.map(figure).join('\n') },
    curves.length === 0
      ? null
      : { title: 'Drift by skipped patches: relative L2 from the dense output', body: curveBody(curves) },
    {
      title: 'Patches skipped',
      body: lineChart(
        stages.map(({ gate }, i) => ({
          label: stages.length === 1 ? '' : gate,
          points: over(({ skip }) => 100 * skip[i]!),
        })),
        percent,
      ),
    },
    {
      title: 'Multiply-accumulates done, of the dense model',
      body: lineChart([{ label: '', points: over((frame) => (100 * frame.macs) / macs.dense) }], percent),
    },
    {
      title: 'Drift: relative L2 from the dense output',
      body: lineChart([{ label: '', points: over(({ relativeL2 }) => 100 * relativeL2) }], percent),
    },
    { title: 'Gates', body: htmlTable(STAGE_COLUMNS, stageRows(evaluation)) },
    {
      title: 'Layers: share of the output that is closed, where no window sees an active patch',
      body: `${barChart(
        layers.map(({ name, closed }) => ({
          label: name,
          value: closed.mean,
          text: `${(100 * closed.mean).toFixed(1)} %`,
        })),
      )}\n${htmlNote(CLOSED_LEGEND)}\n${htmlTable(LAYER_COLUMNS, layerRows(evaluation))}`,
    },
  ];
  return htmlPage(
    `Skipped patches: ${model}`,
    `${clips}, ${evaluation.frames} frames, in ${evaluation.arithmetic}`,
    sections.filter((section) => section !== null),
  );
}

function figure({ caption, picture }: Still): string {
  const data = encodePng(picture).toString('base64');
  const text = escapeHtml(caption);
  return `<figure class="still"><img src="data:image/png;base64,${data}" alt="${text}"><figcaption>${text}</figcaption></figure>`;
}

/** What the numbers in the column of settings are. */
const SETTINGS =
  'Setting: of diff, the mean change of a patch, in codes, above which it is computed; of random, the share of patches that it skips; ' +
  'of the gate of the model, what is added to its scores (0: as it is).';

/** What is behind names in the tables. */
const RESULT_LEGEND =
  'Growth: relative L2 in the first and in the last third of each clip; more in the last means that the output drifts off. ' +
  'All drift is from the same model without gates, on the same frames, in the same arithmetic.';
const CLOSED_LEGEND =
  'Closed: the share of a layer\u2019s output where no window sees an active patch, so that it need not be computed; mean, 5th and 95th percentile over the frames.';

/** What each gate loses at each share of skipped patches: chart and figures. */
export function curveBody(curves: readonly Curve[]): string {
  const chart = lineChart(
    curves.map(({ gate, points }) => ({
      label: gate,
      points: points.map(({ skip, relativeL2 }) => [100 * skip, 100 * relativeL2] as const),
    })),
    { x: 'patches skipped, %', unit: '%' },
  );
  const rows = curves.flatMap(({ gate, points }) =>
    points.map(({ setting, skip, cosine, relativeL2 }) => [
      gate,
      String(Number(setting.toPrecision(4))),
      `${(100 * skip).toFixed(1)} %`,
      `${(100 * relativeL2).toFixed(2)} %`,
      cosine.toFixed(5),
    ]),
  );
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'gate' },
    right('setting'),
    right('skipped'),
    right('relative L2'),
    right('cosine'),
  ];
  return `${chart}\n${htmlNote(SETTINGS)}\n${htmlTable(columns, rows)}`;
}
