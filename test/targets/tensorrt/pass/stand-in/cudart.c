/*
 * Stands in for the CUDA runtime where there is no GPU: device memory is memory of the process. As on a device, fresh memory
 * holds anything, and copies to the host are there only once the stream was waited for.
 */
#include <stdlib.h>
#include <string.h>

typedef struct {
  void *to;
  const void *from;
  size_t size;
} copy;

static copy waiting[256];
static int count;
static int stream;

int cudaStreamCreate(void **made) {
  *made = &stream;
  return 0;
}

int cudaMalloc(void **made, size_t size) {
  *made = malloc(size);
  if (*made == NULL) return 2;
  memset(*made, 0x7f, size);
  return 0;
}

int cudaMemset(void *at, int value, size_t size) {
  memset(at, value, size);
  return 0;
}

int cudaMemcpyAsync(void *to, const void *from, size_t size, int kind, void *on) {
  if (on != &stream || (kind != 1 && kind != 2)) return 1;
  if (kind == 1) {
    memcpy(to, from, size);
    return 0;
  }
  if (count == 256) return 1;
  waiting[count++] = (copy){to, from, size};
  return 0;
}

int cudaStreamSynchronize(void *on) {
  if (on != &stream) return 1;
  for (int i = 0; i < count; i++) memcpy(waiting[i].to, waiting[i].from, waiting[i].size);
  count = 0;
  return 0;
}

const char *cudaGetErrorString(int status) { return status == 2 ? "out of memory" : "invalid value"; }
