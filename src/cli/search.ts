import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { counted, formatCount, formatPercent } from '../diagnostics/units.ts';
import { accuracyOf } from '../execute/evaluate.ts';
import type { ImportedModel } from '../graph/types.ts';
import { contractOf, withContract } from '../input/contract.ts';
import { searchPage } from '../report/search-page.ts';
import { finalistColumns, finalistRows, SUBSPACE_COLUMNS, subspaceRows } from '../report/search-rows.ts';
import { fieldList, textTable } from '../report/table.ts';
import { barest } from '../search/candidate.ts';
import { type Exploration, explore, type PlannedCandidate } from '../search/explore.ts';
import { type Finalist, finalistsOf } from '../search/finalists.ts';
import { isMakeable, networkOf } from '../search/network.ts';
import { type Budget, costOf, isWithin } from '../search/oracle.ts';
import { type ProxyKind, sizeBy } from '../search/ranks.ts';
import { loadSpace, type Space } from '../search/space.ts';
import { predictWritten, writtenModel } from '../train/run/score.ts';
import type { CommandResult, Context } from './context.ts';
import { measure } from './evaluation.ts';
import { withGivenContract } from './input-contract.ts';
import { checkLog } from './logged-runs.ts';
import { dimensions, openModel } from './model.ts';
import {
  flagOption,
  numberOption,
  type Options,
  requiredNumber,
  requiredText,
  textOption,
} from './options.ts';
import { openSearchTraining, type SearchTraining, type TriedFinalist } from './search-training.ts';
import { plansItself, requiredTarget } from './target.ts';

/** `tinyml search m.onnx --target P --max-ram 64K -d D -o best.onnx`: networks planned by thousands, ranked, the best of them trained. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  checkLog(options);
  const target = await requiredTarget(options);
  const assess = target.emit?.assess ?? null;
  if (assess === null) {
    throw plansItself(target, {
      at: `--target ${target.id}`,
      hint: 'name a microcontroller: tinyml profiles',
    });
  }
  const planOnly = flagOption(options, 'plan');
  if (!planOnly) for (const name of ['data', 'output']) requiredUnlessPlan(options, name);
  const { space, make } = await openSpace(args[0], options, context);
  const budget: Budget = {
    ramBytes: numberOption(options, 'max-ram') ?? null,
    flashBytes: numberOption(options, 'max-flash') ?? null,
    latencyMs: numberOption(options, 'max-latency') ?? null,
  };
  const training =
    textOption(options, 'data') === undefined
      ? null
      : await openSearchTraining(space, make, { target: target.id, budget }, options, context);
  const asked = { library: requiredText(options, 'kernels') as 'builtin' | 'cmsis-nn', seed: context.seed };
  const interrupt = context.deferInterrupt();
  try {
    const count = requiredNumber(options, 'candidates');
    const task = context.progress('plan', count, 'candidates');
    const scoreOf = await scoresOf(requiredText(options, 'rank'), training);
    const exploration = await during(
      task,
      explore({
        space,
        plan: (candidate) => {
          if (!isMakeable(space, candidate)) return null;
          const cost = costOf(assess, make(candidate), budget, asked);
          return isWithin(cost, budget) ? cost : null;
        },
        score: scoreOf,
        count,
        seed: context.seed,
        signal: interrupt.signal,
        onPlanned: (planned) => task.update(planned),
      }),
    );
    const finalists = finalistsOf(exploration, scoreOf, requiredNumber(options, 'trials'));
    const tried =
      training === null || planOnly
        ? finalists.map((one): TriedFinalist => ({ ...one, trial: null }))
        : await training.tryAll(finalists, interrupt.signal);
    // Training defers interrupts by itself.
    interrupt.end();
    const trained = training === null || planOnly ? null : await training.trainWinner(tried);
    return await resultOf(space, budget, exploration, tried, trained, options, context);
  } finally {
    interrupt.end();
    training?.close();
  }
}

/** @throws TinymlError E_USAGE for a proxy without data */
async function scoresOf(
  rank: string,
  training: SearchTraining | null,
): Promise<(one: PlannedCandidate) => number> {
  const size = sizeBy(rank);
  if (size !== null) return ({ cost }) => size(cost);
  if (training !== null) return training.scoresBy(rank as ProxyKind);
  throw new TinymlError('E_USAGE', `${rank} looks at samples`, {
    at: `--rank ${rank}`,
    hint: 'Give --data, or --rank macs.',
  });
}

function requiredUnlessPlan(options: Options, name: string): void {
  if (textOption(options, name) !== undefined) return;
  throw new TinymlError('E_USAGE', `--${name} is needed to train`, {
    at: `--${name}`,
    hint: 'Give it, or --plan to plan and rank alone.',
  });
}

type OpenedSpace = {
  readonly space: Space;
  /** The model of a candidate, with preprocessing and names of classes. */
  readonly make: (candidate: PlannedCandidate['candidate']) => ImportedModel;
};

/** Of a model or of --space. @throws TinymlError E_USAGE for both or none, as `spaceAround` and `loadSpace` */
async function openSpace(
  model: string | undefined,
  options: Options,
  context: Context,
): Promise<OpenedSpace> {
  const path = textOption(options, 'space');
  if ((model === undefined) === (path === undefined)) {
    throw new TinymlError('E_USAGE', 'networks are looked for around a model, or in a space', {
      at: model === undefined ? 'model' : '--space',
      hint: 'Give a model or --space <file>, one of both.',
    });
  }
  if (path !== undefined) {
    const space = loadSpace(path);
    const any = networkOf(space, barest(space.sizes[0]!));
    const contract = contractOf(await withGivenContract(any, options, context));
    return { space, make: (candidate) => withContract(networkOf(space, candidate), contract) };
  }
  const opened = await openModel(model!, options, context);
  const { spaceAround } = await import('../search/read-network.ts');
  const { trainable } = await import('../train/run/model.ts');
  const contract = contractOf(opened);
  const resizes = contract.preprocess?.resize?.width === null;
  const space = spaceAround(trainable(opened, dimensions(options)).graph, resizes);
  return { space, make: (candidate) => withContract(networkOf(space, candidate), contract) };
}

async function resultOf(
  space: Space,
  budget: Budget,
  exploration: Exploration,
  finalists: readonly TriedFinalist[],
  trained: Awaited<ReturnType<SearchTraining['trainWinner']>> | null,
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const { subspaces, chosen, planned, fitting } = exploration;
  const [output, report] = [textOption(options, 'output'), textOption(options, 'report')];
  const winner = trained?.winner ?? finalists[0]!;
  const written = trained === null ? null : writtenModel(trained.graph);
  const accuracy =
    trained?.evaluation == null
      ? null
      : accuracyOf(
          (
            await measure(
              'evaluate',
              predictWritten(written!, output!, trained.method, context.jobs),
              trained.evaluation,
              context,
            )
          ).evaluation,
        );
  if (written !== null) context.outputs.file(output!, written);
  const rank = requiredText(options, 'rank');
  const facts: readonly (readonly [string, string])[] = [
    ['space', `${space.name}: ${counted(subspaces.length, 'size')} and width pairs`],
    ['planned', `${counted(planned, 'candidate')}, ${formatCount(fitting.length)} of them within the budget`],
    ['looked at', `images of ${chosen.size[1]}x${chosen.size[0]}, width ${chosen.width}`],
    [trained === null ? 'first' : 'winner', winner.key],
    ...(trained === null
      ? []
      : [['validation', `${formatPercent(trained.accuracy)} right after the whole training`] as const]),
    ...(accuracy === null ? [] : [['evaluation', `${formatPercent(accuracy)} right`] as const]),
    ...(written === null ? [] : [['written', output!] as const]),
  ];
  if (report !== undefined) {
    context.outputs.file(report, searchPage(space.name, facts, subspaces, chosen, finalists, rank));
  }
  return {
    json: {
      space: space.name,
      budget,
      rank,
      planned,
      fitting: fitting.length,
      subspaces,
      chosen: { size: chosen.size, width: chosen.width },
      finalists: finalists.map(finalistJson),
      winner:
        trained === null
          ? null
          : { key: winner.key, ...costJson(winner), validation: trained.accuracy, accuracy, output },
    },
    text: () =>
      [
        textTable(SUBSPACE_COLUMNS, subspaceRows(subspaces, chosen)),
        textTable(finalistColumns(rank), finalistRows(finalists)),
        fieldList(facts),
      ].join('\n\n'),
    brief: () => fieldList(facts),
  };
}

function costJson({
  cost: { ramBytes, tableBytes, macs, instructions, latencyMs },
}: PlannedCandidate): object {
  return { ramBytes, tableBytes, macs, instructions, latencyMs };
}

function finalistJson({ key, score, scoreRank, macsRank, by, trial, ...one }: TriedFinalist): object {
  return { key, ...costJson(one as Finalist), score, scoreRank, macsRank, by, trial };
}
