/** How bundles are compiled, linked and emulated: shared by the Makefile of a bundle and by verification. */

/** Contraction to fused multiply-adds would give the few float kernels other bits on cores with an FPU. */
export const BUNDLE_FLAGS = [
  '-std=c11',
  '-ffp-contract=off',
  '-ffunction-sections',
  '-fdata-sections',
] as const;

/** What the emitted files of the model itself promise to be clean under. */
export const STRICT_FLAGS = [
  '-std=c99',
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wconversion',
  '-Werror',
] as const;

export const OPTIMISATION = '-O2';

/** Parts of CMSIS-NN that int8 kernels call: file patterns relative to its `Source` folder. */
export const CMSIS_NN_PATTERNS = [
  'BasicMathFunctions/*_s8.c',
  'ConvolutionFunctions/*_s8*.c',
  'FullyConnectedFunctions/*_s8*.c',
  'NNSupportFunctions/arm_nn_depthwise*_s8.c',
  'NNSupportFunctions/arm_nn_*mat_mul*_s8*.c',
  'NNSupportFunctions/arm_nn_transpose*_s8*.c',
  'NNSupportFunctions/arm_nntables.c',
  'NNSupportFunctions/arm_q7*.c',
  'NNSupportFunctions/arm_s8_to*.c',
  'PoolingFunctions/*_s8.c',
  'SoftmaxFunctions/*_s8.c',
] as const;

/** For kernels and board support, which are C11. */
export const KERNEL_WARNINGS = ['-Wall', '-Wextra', '-Werror'] as const;

/** Compiles the programs of a bundle, which are empty files without them: each has its main(). */
export function programDefines(name: string): readonly string[] {
  return ['SELFTEST', 'FIRMWARE'].map((program) => `-D${name.toUpperCase()}_${program}`);
}

/** Links a program for a board, with the linker script of its machine. */
export const BOARD_LINK_FLAGS = ['-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections'] as const;

/**
 * Emulates a board with semihosting and a clock of 2^shift ns per instruction. With shift 8 counts are exact, and the
 * timers of the boards hold 670 million instructions; larger models are counted to within 40, with shift 0.
 */
export function emulatorFlags(machine: string, macs: number): readonly string[] {
  const shift = macs < MAX_EXACT_MACS ? 8 : 0;
  return [
    ...['-M', machine, '-nographic', '-monitor', 'none', '-serial', 'none'],
    ...['-semihosting-config', 'enable=on,target=native', '-icount', `shift=${shift},sleep=off`],
  ];
}

/** At the 30 instructions per multiply-accumulate of the costliest kernel without DSP instructions. */
const MAX_EXACT_MACS = 20e6;
