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
  'NNSupportFunctions/*_s8*.c',
  'NNSupportFunctions/arm_q7*.c',
  'NNSupportFunctions/arm_nntables.c',
  'PoolingFunctions/*_s8.c',
  'SoftmaxFunctions/*_s8.c',
] as const;

/** For kernels and board support, which are C11. */
export const KERNEL_WARNINGS = ['-Wall', '-Wextra', '-Werror'] as const;

/** Links a program for a board, with the linker script of its machine. */
export const BOARD_LINK_FLAGS = ['-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections'] as const;

/** Emulates a board with semihosting and a clock that counts instructions. */
export const QEMU_FLAGS = [
  '-nographic',
  '-monitor',
  'none',
  '-serial',
  'none',
  '-semihosting-config',
  'enable=on,target=native',
  '-icount',
  'shift=0,sleep=off',
] as const;
