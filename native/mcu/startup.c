/* Start-up code for Cortex-M3 and later: vectors, floating-point and vector unit, memory, main. */
#include <stdint.h>

#include "tinyml_mcu.h"

/* From the linker script. */
extern uint32_t tinyml_stack_top[], tinyml_data_load[], tinyml_data_start[], tinyml_data_end[];
extern uint32_t tinyml_bss_start[], tinyml_bss_end[];

int main(void);
void tinyml_mcu_reset(void);

/* Without FP or vectors, which are off until it has turned them on. */
void tinyml_mcu_reset(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  *(volatile uint32_t *)0xe000ed88u |= 0xfu << 20; /* CPACR: full access to CP10 and CP11 */
  __asm volatile("dsb\n isb" ::: "memory");
#endif
  const uint32_t *from = tinyml_data_load;
  for (uint32_t *to = tinyml_data_start; to != tinyml_data_end;) *to++ = *from++;
  for (uint32_t *to = tinyml_bss_start; to != tinyml_bss_end;) *to++ = 0;
  tinyml_mcu_exit(main());
}

static void fault(void) {
  tinyml_mcu_exit(70);
}

typedef void (*vector)(void);

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  vector handlers[15];
} vectors = {
    tinyml_stack_top,
    {tinyml_mcu_reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault},
};
