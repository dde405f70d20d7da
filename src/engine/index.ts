/**
 * The host engine: runs Programs and float Graphs with compiled kernels where there are any, and gives the same bits as
 * the TypeScript of src/program/run.ts and src/ops/execute.ts. What is right is what those say.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph } from '../graph/types.ts';
import { createExecutor as createReferenceExecutor, type Executor } from '../ops/execute.ts';
import { type MakeProduct, makeProduct } from '../ops/products.ts';
import { createRunner as createReferenceRunner, createRunnerOf, type Runner } from '../program/run.ts';
import type { MemoryPlan, Program } from '../program/types.ts';
import { encodeProgram } from './encode.ts';
import { type Kernels, loadKernels } from './load.ts';
import type { Engine, Library } from './types.ts';

/**
 * As createRunner of the reference. The Program is checked, and its weights packed, once.
 * @throws TinymlError E_INTERNAL where the engine refuses a step, E_SHAPE where the Program needs more memory than there
 * is; what loadKernels throws
 */
export function createRunner(program: Program, plan: MemoryPlan, kernels: Kernels = loadKernels()): Runner {
  switch (kernels.kind) {
    case 'typescript':
      return createReferenceRunner(program, plan);
    case 'native':
    case 'wasm': {
      const { arena, run } = createEngine(kernels.library, program, plan, kernels.isa);
      return createRunnerOf(program, plan, arena, () => run);
    }
  }
}

function createEngine(library: Library, program: Program, plan: MemoryPlan, isa: string): Engine {
  try {
    return library.create(encodeProgram(program, plan), isa);
  } catch (cause) {
    const hint = 'TINYML_ENGINE=typescript runs it without the engine';
    if (cause instanceof RangeError) {
      throw new TinymlError('E_SHAPE', 'the program needs more memory than the engine can have', {
        at: `program "${program.name}"`,
        hint,
        cause,
      });
    }
    const { message, step = -1 } = cause as Error & { readonly step?: number };
    const at = program.steps[step];
    throw new TinymlError('E_INTERNAL', `the engine refuses the program: ${message}`, {
      at: at === undefined ? `program "${program.name}"` : `step ${step}, "${at.name}" (${at.kernel})`,
      hint,
      cause,
    });
  }
}

/** As createExecutor of the float graphs. @throws what that and loadKernels throw */
export function createExecutor(graph: Graph, kernels: Kernels = loadKernels()): Executor {
  return createReferenceExecutor(graph, productsOf(kernels));
}

/** The inner loop of Conv, Gemm and MatMul. */
export function productsOf(kernels: Kernels): MakeProduct {
  switch (kernels.kind) {
    case 'typescript':
    case 'wasm':
      return makeProduct;
    case 'native': {
      const { addon, isa } = kernels;
      const isaIndex = addon.isas.indexOf(isa);
      return ({ weights, bias, offsets, starts, groups, rows, groupStride, rowStride, columnStride }) => {
        const product = addon.createProduct(
          weights,
          bias,
          offsets,
          starts,
          groups,
          rows,
          groupStride,
          rowStride,
          columnStride,
          isaIndex,
        );
        return (x, from, out, outStart) => addon.runProduct(product, x, from, out, outStart);
      };
    }
  }
}
