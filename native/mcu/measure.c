/*
 * Executed instructions and stack of a call, on the boards that QEMU emulates.
 *
 * With `-icount shift=N,sleep=off` QEMU advances its clock by 2^N ns per instruction, so a timer counts instructions. At
 * N = 8 a timer tick (31.25 to 50 ns) is shorter than a fifth of an instruction, and the count is exact; at N = 0 it is
 * good to one tick, 40 instructions. N is found by timing a loop of known length; where none fits, QEMU runs without
 * -icount and there is nothing to count. Instructions are not cycles.
 */
#include <stdint.h>

#include "tinyml_mcu.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#if defined(__ARM_ARCH_8_1M_MAIN__) || defined(__ARM_FEATURE_MVE)
/* mps3-an547: system counter of the SSE-300 at 32 MHz, read through timer 0; 64 bits. */
enum { QUARTER_NS_PER_TICK = 125 };

static void start_timer(void) {
  REGISTER(0x58100000u) = 1u; /* CNTCR: enable */
}

static uint64_t read_timer(void) {
  const uint32_t low = REGISTER(0x58000000u);
  return (uint64_t)REGISTER(0x58000004u) << 32 | low; /* reading the low word holds the high one */
}
#else
/* mps2 boards: CMSDK timer 0, 32 bits down; its range is 670 million instructions at shift 8. */
#if defined(__ARM_ARCH_8M_MAIN__)
enum { TIMER = 0x50000000, QUARTER_NS_PER_TICK = 200 }; /* mps2-an505, 20 MHz */
#else
enum { TIMER = 0x40000000, QUARTER_NS_PER_TICK = 160 }; /* mps2-an385, an386 and an500, 25 MHz */
#endif

static void start_timer(void) {
  REGISTER(TIMER + 8) = 0xffffffffu; /* RELOAD */
  REGISTER(TIMER + 4) = 0xffffffffu; /* VALUE */
  REGISTER(TIMER) = 1u;              /* CTRL: enable */
}

static uint64_t read_timer(void) {
  return 0xffffffffu - REGISTER(TIMER + 4);
}
#endif

/* Where the lap began that the clock is in. */
static uint64_t lap_start;

/* Where a pause began, and how long all of the call were. */
static uint64_t pause_start, pauses;

void tinyml_mcu_pause(void) {
  pause_start = read_timer();
}

void tinyml_mcu_resume(void) {
  const uint64_t pause = read_timer() - pause_start;
  pauses += pause;
  lap_start += pause;
}

/* Quarter nanoseconds that a call takes, its overhead included. */
static __attribute__((noinline)) uint64_t time_call(void (*function)(void)) {
  start_timer();
  const uint64_t before = read_timer();
  lap_start = before;
  pauses = 0;
  function();
  return (read_timer() - before - pauses) * QUARTER_NS_PER_TICK;
}

/* Executes one instruction. */
static __attribute__((naked)) void nothing(void) {
  __asm volatile("bx lr");
}

/* Executes 8194 instructions. */
static __attribute__((naked)) void loop(void) {
  __asm volatile(
      "mov r0, #4096\n"
      "1: subs r0, #1\n"
      "bne 1b\n"
      "bx lr");
}

enum { LOOP_INSTRUCTIONS = 8194, MAX_SHIFT = 10 };

/* The N of -icount shift=N, or -1 if the clock does not follow instructions. */
static int32_t find_shift(uint64_t nothing_time) {
  const int64_t time = (int64_t)(time_call(loop) - nothing_time), tolerance = 2 * QUARTER_NS_PER_TICK;
  for (int32_t shift = 0; shift <= MAX_SHIFT; shift++) {
    const int64_t error = time - ((int64_t)(4 * (LOOP_INSTRUCTIONS - 1)) << shift);
    if (error >= -tolerance && error <= tolerance) return shift;
  }
  return -1;
}

extern uint32_t tinyml_stack_limit[];

enum { PAINT = 0x5aa55aa5 };

static uint32_t *stack_pointer(void) {
  uint32_t *sp;
  __asm volatile("mov %0, sp" : "=r"(sp));
  return sp;
}

/* Paints the free stack, times a call, and finds how far the call came: `stack` gets the bytes below `top`. */
static __attribute__((noinline)) uint64_t time_on_painted_stack(void (*function)(void), const uint32_t *top,
                                                                uint32_t *stack) {
  uint32_t *const free = stack_pointer();
  for (volatile uint32_t *at = tinyml_stack_limit; at != free; at++) *at = PAINT;
  const uint64_t time = time_call(function);
  const volatile uint32_t *mark = tinyml_stack_limit;
  while (mark != free && *mark == PAINT) mark++;
  *stack = (uint32_t)((uintptr_t)top - (uintptr_t)mark);
  return time;
}

/* Instructions that take so many quarter nanoseconds; 0 where the clock does not follow them. */
static uint32_t instructions_in(uint64_t time, int32_t shift) {
  if (shift < 0) return 0u;
  return (uint32_t)((time + (UINT64_C(2) << shift)) >> (2 + shift));
}

static int32_t lap_shift = -1;
static uint32_t lap_overhead;

uint32_t tinyml_mcu_lap(void) {
  const uint64_t now = read_timer();
  const uint32_t instructions = instructions_in((now - lap_start) * QUARTER_NS_PER_TICK, lap_shift);
  lap_start = read_timer();
  return instructions > lap_overhead ? instructions - lap_overhead : 0u;
}

void tinyml_mcu_measure(void (*function)(void), tinyml_mcu_cost *cost) {
  const uint32_t *const top = stack_pointer();
  uint32_t nothing_stack, stack;
  const uint64_t nothing_time = time_on_painted_stack(nothing, top, &nothing_stack);
  const int32_t shift = find_shift(nothing_time);
  lap_shift = shift;
  lap_overhead = 0u;
  start_timer();
  (void)tinyml_mcu_lap();
  lap_overhead = tinyml_mcu_lap();
  const uint64_t time = time_on_painted_stack(function, top, &stack);
  cost->stack_bytes = stack - nothing_stack;
  cost->instructions = shift < 0 ? 0u : 1u + instructions_in(time - nothing_time, shift);
}
