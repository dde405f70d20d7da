/** The state that a model carries from run to run: --state, what the file says, or a guess. */
import { TinymlError } from '../diagnostics/errors.ts';
import { withState } from '../graph/state.ts';
import type { Graph, StateTie } from '../graph/types.ts';
import { guessState } from '../passes/guess-state.ts';
import type { Context } from './context.ts';
import { flagOption, listOption, type Options } from './options.ts';

/**
 * The graph with the state that was asked for, else with that of the file.
 * @throws TinymlError E_USAGE
 */
export function withAskedState(graph: Graph, options: Options): Graph {
  const asked = listOption(options, 'state');
  if (!flagOption(options, 'no-state')) {
    return asked.length === 0
      ? graph
      : withState(
          graph,
          asked.map((text) => tieOf(graph, text)),
          'E_USAGE',
        );
  }
  if (asked.length === 0) return { ...graph, state: [] };
  throw new TinymlError('E_USAGE', '--state and --no-state exclude each other', {
    hint: 'give one of them',
  });
}

/** The same for a float model; where nobody says anything, ties that are beyond doubt are made, and said. */
export function withFloatState(graph: Graph, options: Options, context: Context): Graph {
  const asked = withAskedState(graph, options);
  if (asked.state.length > 0 || flagOption(options, 'no-state')) return asked;
  const state = guessState(graph);
  if (state.length === 0) return graph;
  const ties = state.map(({ input, output }) => `${input}=${output}`);
  context.note(`state: ${ties.join(', ')} (carried from run to run; --no-state leaves them apart)`);
  return withState(graph, state, 'E_USAGE');
}

/** `input=output`, where either name may hold a "=" itself. */
function tieOf(graph: Graph, text: string): StateTie {
  const splits = [...text].flatMap((character, i) =>
    character === '=' ? [{ input: text.slice(0, i), output: text.slice(i + 1) }] : [],
  );
  const [first] = splits;
  if (first === undefined) {
    throw new TinymlError('E_USAGE', `--state takes input=output, not "${text}"`, {
      hint: 'for example --state h_in=h_out',
    });
  }
  return splits.find(({ input }) => graph.inputs.some(({ name }) => name === input)) ?? first;
}
