/** Q and DQ of a network of whole frames, put into the same layers on tiles of them. */
import { tileName } from '../../../../gate/ids-form.ts';
import { producers, uniqueName } from '../../../../graph/rewrite.ts';
import type { DType, Graph, Node } from '../../../../graph/types.ts';

/**
 * The stage with the pairs that the layers have in the quantised network, in front of the same inputs and with the same scales. Zero
 * points are 0, so what lies outside of the frame stays zero.
 * @param whole with Q and DQ as nodes, and the names of values that the stage was made of; without any the stage stays as it is
 */
export function withPairsOnTiles(stage: Graph, whole: Graph): Graph {
  const madeBy = producers(whole);
  const original = new Map(whole.nodes.map((node) => [tileName(node.outputs[0]!), node]));
  const values = new Map(stage.values);
  const constants = new Map(stage.constants);
  /** Names here of what was taken over, by what it stands for. */
  const taken = new Map<string, string>();
  const takeOver = (key: string, base: string, add: (name: string) => void): string => {
    const known = taken.get(key);
    if (known !== undefined) return known;
    const name = uniqueName(base, (other) => values.has(other));
    taken.set(key, name);
    add(name);
    return name;
  };
  const constant = (name: string): string =>
    takeOver(name, name, (own) => {
      values.set(own, { ...whole.values.get(name)!, name: own });
      constants.set(own, whole.constants.get(name)!);
    });
  const nodes = stage.nodes.flatMap((node): readonly Node[] => {
    const as = original.get(node.outputs[0]!);
    if (as === undefined || as.op !== node.op) return [node];
    const added: Node[] = [];
    const inputs = node.inputs.map((name, i) => {
      const dq = madeBy.get(as.inputs[i] ?? '');
      if (dq?.op !== 'DequantizeLinear') return name;
      const q = madeBy.get(dq.inputs[0]!);
      const weights = stage.constants.has(name);
      const { shape } = stage.values.get(name)!;
      const put = (of: Node, source: string, dtype: DType): string =>
        takeOver(`${source} ${of.name}`, of.outputs[0]!, (own) => {
          values.set(own, { name: own, dtype, shape, quant: null });
          const parameters = of.inputs.slice(1).map(constant);
          added.push({ ...of, name: own, inputs: [source, ...parameters], outputs: [own] });
        });
      const source = weights ? constant((q ?? dq).inputs[0]!) : name;
      return put(dq, q === undefined ? source : put(q, source, 'int8'), 'float32');
    });
    return [...added, { ...node, inputs }];
  });
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const isUsed = (name: string): boolean => read.has(name) || !constants.has(name);
  return {
    ...stage,
    nodes,
    values: new Map([...values].filter(([name]) => isUsed(name))),
    constants: new Map([...constants].filter(([name]) => isUsed(name))),
  };
}
