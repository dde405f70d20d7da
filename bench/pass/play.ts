/** Quantised models on one frame after another, as the device computes them. */
import { createMachine } from '../../src/engine/index.ts';
import { loadKernels } from '../../src/engine/load.ts';
import { driftOf } from '../../src/gate/video/drift.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createRunnerOn, resetState } from '../../src/program/run.ts';
import { sampleEncoder } from '../../src/program/sample.ts';
import type { ProgramArray } from '../../src/program/types.ts';

/** A model with the state that it carries. */
export type Player = {
  /** The codes of a frame [1, 3, H, W] of reals. */
  readonly encode: (frame: Float32Array) => ProgramArray;
  /** Output codes of a frame, in the order of memory. */
  readonly play: (codes: ProgramArray) => ProgramArray;
  /** As `play`; gives the mask of the first gate, too: 1 where a patch was computed. */
  readonly watch: (codes: ProgramArray) => { readonly output: ProgramArray; readonly mask: ProgramArray };
  /** Seconds of a run alone. */
  readonly time: (codes: ProgramArray) => number;
  readonly reset: () => void;
  readonly quant: { readonly scale: number; readonly zeroPoint: number };
  readonly stateBytes: number;
  readonly arenaBytes: number;
};

/** @param graph quantised, with one input and one output beside its state */
export function createPlayer(graph: Graph): Player {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const machine = createMachine(program, plan, loadKernels());
  const run = createRunnerOn(program, plan, machine);
  const [input, output] = [program.inputs[0]!, program.outputs[0]!];
  const encode = sampleEncoder(program);
  const inputView = machine.view(input.tensor);
  return {
    encode: (frame) => encode([frame])[0]!,
    play: (codes) => run([codes])[0]!,
    watch: (codes) => {
      let mask: ProgramArray | null = null;
      const [result] = run([codes], (step, _, [first]) => {
        if (step.kernel === 'gate_patches_s8') mask ??= first!.slice();
      });
      return { output: result!, mask: mask ?? new Int8Array(0) };
    },
    time: (codes) => {
      const start = performance.now();
      inputView.set(codes);
      machine.run(0, program.steps.length);
      return (performance.now() - start) / 1000;
    },
    reset: () => resetState(program, machine.view),
    quant: program.tensors[output.tensor]!.quant!,
    stateBytes: plan.stateBytes,
    arenaBytes: plan.arenaBytes,
  };
}

/** Cosine of the angle between two outputs of codes with one quantiser; 1 for two of zeros alone. */
export function cosine(a: ProgramArray, b: ProgramArray, zeroPoint: number): number {
  const steps = (codes: ProgramArray): Float32Array => Float32Array.from(codes, (code) => code - zeroPoint);
  return driftOf(steps(a), steps(b)).cosine;
}
