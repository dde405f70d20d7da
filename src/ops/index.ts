/** The table of all operators, by ONNX name in the default domain. */
import type { Node } from '../graph/types.ts';
import { binaryOperators } from './binary.ts';
import { castOperators } from './cast.ts';
import { convOperators } from './conv.ts';
import { unsupported } from './define.ts';
import { einsumOperators } from './einsum.ts';
import { gateOperators } from './gate.ts';
import { gemmOperators } from './gemm.ts';
import { generatorOperators } from './generator.ts';
import { indexingOperators } from './indexing.ts';
import { integerOperators } from './integer.ts';
import { movementOperators } from './movement.ts';
import { normalisationOperators } from './normalisation.ts';
import { poolOperators } from './pool.ts';
import { quantOperators } from './quant.ts';
import { recurrentOperators } from './recurrent.ts';
import { reduceOperators } from './reduce.ts';
import { reshapeOperators } from './reshape.ts';
import { resizeOperators } from './resize.ts';
import { softmaxOperators } from './softmax.ts';
import { sortOperators } from './sort.ts';
import { tinymlOperators } from './tinyml.ts';
import type { Operator } from './types.ts';
import { unaryOperators } from './unary.ts';

export const operators: ReadonlyMap<string, Operator> = new Map(
  [
    convOperators,
    gemmOperators,
    einsumOperators,
    poolOperators,
    binaryOperators,
    unaryOperators,
    castOperators,
    softmaxOperators,
    reshapeOperators,
    movementOperators,
    indexingOperators,
    generatorOperators,
    reduceOperators,
    normalisationOperators,
    resizeOperators,
    recurrentOperators,
    sortOperators,
    quantOperators,
    integerOperators,
    tinymlOperators,
    gateOperators,
  ].flatMap((family) => family.map((operator) => [operator.name, operator] as const)),
);

/** The operator of a node. @throws TinymlError E_OP if there is none. */
export function operatorOf(node: Node): Operator {
  return operators.get(node.op) ?? unsupported(node, `operator ${node.op} is not supported`);
}
