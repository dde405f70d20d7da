/** Finds the state that a model carries as inputs and outputs by their names, or by a shape that only they have. */
import { canTie } from '../graph/state.ts';
import type { Graph, Port, StateTie } from '../graph/types.ts';

/** Words in which the name of what goes in differs from that of what comes out. */
const IN = new Set(['in', 'input', 'past', 'prev', 'previous', 'old', 'last', 'init', 'initial']);
const OUT = new Set(['out', 'output', 'present', 'next', 'new', 'cur', 'current', 'updated', 'n']);

/** Words that name state and nothing else: the first input may be state only if its name has one. */
const STATE_WORDS = new Set(
  'h c hx cx hidden cell state states cache memory mem buffer buf context past prev previous'.split(' '),
);

/**
 * Ties that are beyond doubt, each of equal shape and type:
 * - a name that is the same but for a word that says in or out (`h` and `hn` or `h_out`, `state_in` and `state_out`,
 *   `past_x` and `present_x`), and no other has it;
 * - else an input and an output of a shape that no other input and no other output has.
 * The first input is what data goes into, unless its name says that it is state; of what names leave, the first input and the
 * first output are for data and results.
 */
export function guessState(graph: Graph): readonly StateTie[] {
  const inputs = graph.inputs.filter((port, i) => i > 0 || wordsOf(port.name).some(isStateWord));
  if (graph.inputs.length < 2 || graph.outputs.length < 2) return [];
  const named = inputs.flatMap((input): StateTie[] => {
    const match = onlyOne(graph.outputs, (output) => namesFit(input, output) && canTie(graph, input, output));
    if (match === null) return [];
    const rivals = inputs.filter((other) => namesFit(other, match) && canTie(graph, other, match));
    return rivals.length === 1 ? [{ input: input.name, output: match.name }] : [];
  });
  const isFree = ({ name }: Port): boolean =>
    named.every(({ input, output }) => input !== name && output !== name);
  const [, ...freeInputs] = graph.inputs.filter(isFree);
  const [, ...freeOutputs] = graph.outputs.filter(isFree);
  const byShape = freeInputs.flatMap((input): StateTie[] => {
    const match = onlyOne(graph.outputs.filter(isFree), (output) => canTie(graph, input, output));
    if (match === null || !freeOutputs.includes(match)) return [];
    const rivals = graph.inputs.filter((other) => isFree(other) && canTie(graph, other, match));
    return rivals.length === 1 ? [{ input: input.name, output: match.name }] : [];
  });
  const state = [...named, ...byShape];
  const leavesPorts = state.length < graph.inputs.length && state.length < graph.outputs.length;
  return leavesPorts ? state : [];
}

function onlyOne(ports: readonly Port[], fits: (port: Port) => boolean): Port | null {
  const [first, second] = ports.filter(fits);
  return first !== undefined && second === undefined ? first : null;
}

function isStateWord(word: string): boolean {
  return STATE_WORDS.has(word);
}

function namesFit(input: Port, output: Port): boolean {
  const [from, to] = [coreOf(input.name, IN), coreOf(output.name, OUT)];
  return from !== '' && (from === to || from === `${to}_0`); // h0 and hn
}

/** The words of a name but for those that say in or out. */
function coreOf(name: string, directions: ReadonlySet<string>): string {
  return wordsOf(name)
    .filter((word) => !directions.has(word))
    .join('_');
}

/** `hiddenIn.1` is hidden, in, 1; `hn` is h, n and `h0` is h, 0, as recurrent layers call theirs. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .flatMap((word) =>
      /^(h|c|state|hidden|cell)(n|0)$/.test(word) ? [word.slice(0, -1), word.slice(-1)] : [word],
    )
    .filter((word) => word !== '');
}
