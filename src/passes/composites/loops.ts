/**
 * Loop and Scan (ONNX, opset 11 and later) whose steps can be counted beforehand: the nodes of their bodies, once for each step.
 */
import { int } from '../../graph/build.ts';
import { int64Tensor } from '../../graph/tensor.ts';
import type { Node, Subgraph, Tensor } from '../../graph/types.ts';
import { intAttribute, intsAttribute } from '../../ops/attributes.ts';
import { badShape, normaliseAxis, unsupported } from '../../ops/define.ts';
import type { Writer } from './writer.ts';

/** A network of more steps is too large to be written out. */
const MOST_STEPS = 10_000;

const RUN_TIME = 'give it a fixed number of steps, or write the steps out';

/** Inputs: most steps, whether the first runs, what is carried; the body gets number, condition, carried and gives condition, carried, parts. */
export function loop(node: Node, writer: Writer): void {
  const body = bodyOf(node);
  const { constant, constantOf, give, inline } = writer;
  const [count = '', condition = ''] = node.inputs;
  const carries = body.inputs.length - 2;
  if (body.outputs.length < carries + 1) badBody(node);
  const most = count === '' ? null : numberOf(node, constantOf(count), 'its number of steps');
  let goesOn = condition === '' ? constant(TRUE) : condition;
  let carried = node.inputs.slice(2, carries + 2);
  const rows = body.outputs.slice(carries + 1).map((): string[] => []);
  for (let step = 0; most === null || step < most; step++) {
    if (numberOf(node, constantOf(goesOn), 'whether it goes on') === 0) break;
    if (step === MOST_STEPS) unsupported(node, `it runs more than ${MOST_STEPS} steps`, RUN_TIME);
    const number = constant({ ...int64Tensor([step]), shape: [] });
    const made = inline(body, [number, goesOn, ...carried], step);
    goesOn = made[0]!;
    carried = made.slice(1, carries + 1);
    made.slice(carries + 1).forEach((row, i) => {
      rows[i]!.push(row);
    });
  }
  carried.forEach((value, i) => {
    give(i, value);
  });
  rows.forEach((values, i) => {
    giveRows(node, writer, carries + i, values, 0);
  });
}

/** Inputs: what is carried, then what is taken apart; the body gives what is carried, then parts. */
export function scan(node: Node, writer: Writer): void {
  const body = bodyOf(node);
  const { add, constant, give, inline, shape } = writer;
  const parted = intAttribute(node, 'num_scan_inputs', 0);
  const carries = body.inputs.length - parted;
  const given = node.inputs.slice(0, body.inputs.length);
  if (parted < 1 || carries < 0 || body.outputs.length < carries) badBody(node);
  const whole = given.slice(carries);
  const numbers = (name: string, count: number): readonly number[] =>
    intsAttribute(node, name, Array(count).fill(0));
  const axes = numbers('scan_input_axes', parted).map((axis, i) =>
    normaliseAxis(node, axis, shape(whole[i]!).length),
  );
  const backwards = numbers('scan_input_directions', parted);
  const lengths = whole.map((name, i) => shape(name)[axes[i]!]!);
  const steps = lengths[0]!;
  if (lengths.some((length) => length !== steps)) badShape(node, `sequences of ${lengths.join(', ')} parts`);
  if (steps > MOST_STEPS) unsupported(node, `it runs more than ${MOST_STEPS} steps`, RUN_TIME);
  const rows = body.outputs.slice(carries).map((): string[] => []);
  let carried = given.slice(0, carries);
  for (let step = 0; step < steps; step++) {
    const parts = whole.map((name, i) => {
      const at = constant({ ...int64Tensor([backwards[i] === 1 ? steps - 1 - step : step]), shape: [] });
      return add('Gather', [name, at], { axis: int(axes[i]!) });
    });
    const made = inline(body, [...carried, ...parts], step);
    carried = made.slice(0, carries);
    made.slice(carries).forEach((row, i) => {
      rows[i]!.push(row);
    });
  }
  carried.forEach((value, i) => {
    give(i, value);
  });
  const rowAxes = numbers('scan_output_axes', rows.length);
  const rowsBackwards = numbers('scan_output_directions', rows.length);
  rows.forEach((values, i) => {
    const ordered = rowsBackwards[i] === 1 ? values.toReversed() : values;
    giveRows(node, writer, carries + i, ordered, rowAxes[i]!);
  });
}

const TRUE: Tensor = { dtype: 'bool', shape: [], data: Uint8Array.of(1) };

function bodyOf(node: Node): Subgraph {
  const { body } = node.attributes;
  const graph = body?.kind === 'graph' ? body.value : null;
  if (graph === null) badBody(node);
  const [problem] = graph.problems;
  if (problem !== undefined) unsupported(node, `in its body, ${problem}`);
  return graph;
}

function badBody(node: Node): never {
  return badShape(node, 'a body of other numbers of inputs and outputs', 'export the model again');
}

/** @throws TinymlError E_OP where it is not constant */
function numberOf(node: Node, tensor: Tensor | null, what: string): number {
  if (tensor?.data.length !== 1) unsupported(node, `${what} is computed at run time`, RUN_TIME);
  return Number(tensor.data[0]);
}

/** What the steps made, one behind the other along a new axis. */
function giveRows(
  node: Node,
  { add, constant, give, isRead, shape }: Writer,
  place: number,
  rows: readonly string[],
  axis: number,
): void {
  if (!isRead(place)) return;
  const [first] = rows;
  if (first === undefined) unsupported(node, 'no step of it runs');
  const at = normaliseAxis(node, axis, shape(first).length + 1);
  const axes = constant(int64Tensor([at]));
  const parts = rows.map((row) => add('Unsqueeze', [row, axes]));
  give(place, add('Concat', parts, { axis: int(at) }));
}
