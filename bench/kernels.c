/*
 * The loops of the main scan kernels as one writes them in C, for comparison. Reads commands from
 * standard input: `integers` and `doubles` fill the data, every other line names a loop, which runs
 * once; the answer is its nanoseconds and its result.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATA_BYTES (256u * 1024 * 1024)

static void *data;
static uint64_t *mask;
static uint64_t *out;

static void fill(int doubles) {
  uint32_t state = 2463534242u;
  uint32_t *words = data;
  double *values = data;
  size_t count = DATA_BYTES / (doubles ? 8 : 4);
  for (size_t i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    if (doubles) values[i] = state / 4294967296.0;
    else words[i] = state;
  }
  if (!doubles) memcpy(mask, data, DATA_BYTES / 16);
}

#define FILTER(name, type, condition)                                   \
  static uint64_t name(void) {                                          \
    const type *a = data;                                               \
    size_t words = DATA_BYTES / sizeof(type) / 64;                      \
    for (size_t w = 0; w < words; w++) {                                \
      uint64_t bits = 0;                                                \
      for (int j = 0; j < 64; j++) {                                    \
        type x = a[w * 64 + j];                                         \
        bits |= (uint64_t)(condition) << j;                             \
      }                                                                 \
      out[w] = bits;                                                    \
    }                                                                   \
    return words;                                                       \
  }

FILTER(filterEqualU8, uint8_t, x == 7)
FILTER(filterBetweenU16, uint16_t, x >= 1000 && x <= 2000)
FILTER(filterGreaterI32, int32_t, x > 500000)
FILTER(filterLessF64, double, x < 0.25)

static double sumI32(void) {
  const int32_t *a = data;
  int64_t sum = 0;
  for (size_t i = 0; i < DATA_BYTES / 4; i++) sum += a[i];
  return (double)sum;
}

static double sumMaskedU16(void) {
  const uint16_t *a = data;
  uint64_t sum = 0;
  for (size_t i = 0; i < DATA_BYTES / 2; i++) sum += (mask[i / 64] >> (i % 64)) & 1 ? a[i] : 0;
  return (double)sum;
}

static double sumF64(void) {
  const double *a = data;
  double sum = 0;
  for (size_t i = 0; i < DATA_BYTES / 8; i++) sum += a[i];
  return sum;
}

static double maxI32(void) {
  const int32_t *a = data;
  int32_t max = a[0];
  for (size_t i = 1; i < DATA_BYTES / 4; i++) max = a[i] > max ? a[i] : max;
  return max;
}

static double countByCodeU8(void) {
  static uint64_t counts[256];
  const uint8_t *a = data;
  memset(counts, 0, sizeof counts);
  for (size_t i = 0; i < DATA_BYTES; i++) counts[a[i]]++;
  double checksum = 0;
  for (int code = 0; code < 256; code++) checksum += (double)counts[code] * code;
  return checksum;
}

static double bitmapCount(void) {
  const uint64_t *a = data;
  uint64_t count = 0;
  for (size_t i = 0; i < DATA_BYTES / 8; i++) count += (uint64_t)__builtin_popcountll(a[i]);
  return (double)count;
}

static const struct { const char *name; uint64_t (*run)(void); } filters[] = {
    {"filterEqualU8", filterEqualU8},
    {"filterBetweenU16", filterBetweenU16},
    {"filterGreaterI32", filterGreaterI32},
    {"filterLessF64", filterLessF64},
};

static const struct { const char *name; double (*run)(void); } folds[] = {
    {"sumI32", sumI32},
    {"sumMaskedU16", sumMaskedU16},
    {"sumF64", sumF64},
    {"maxI32", maxI32},
    {"countByCodeU8", countByCodeU8},
    {"bitmapCount", bitmapCount},
};

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int run(const char *name) {
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
    if (strcmp(filters[i].name, name) != 0) continue;
    int64_t started = nanoseconds();
    uint64_t words = filters[i].run();
    int64_t elapsed = nanoseconds() - started;
    uint64_t selected = 0;
    for (uint64_t w = 0; w < words; w++) selected += (uint64_t)__builtin_popcountll(out[w]);
    printf("%" PRId64 " %" PRIu64 "\n", elapsed, selected);
    return 1;
  }
  for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
    if (strcmp(folds[i].name, name) != 0) continue;
    int64_t started = nanoseconds();
    double result = folds[i].run();
    printf("%" PRId64 " %.17g\n", nanoseconds() - started, result);
    return 1;
  }
  return 0;
}

int main(void) {
  char line[64];
  data = malloc(DATA_BYTES);
  mask = malloc(DATA_BYTES / 16);
  out = malloc(DATA_BYTES / 8);
  if (!data || !mask || !out) return 1;
  memset(out, 0, DATA_BYTES / 8);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (strcmp(line, "integers") == 0 || strcmp(line, "doubles") == 0) {
      fill(line[0] == 'd');
      printf("0 0\n");
    } else if (!run(line)) return 1;
    fflush(stdout);
  }
  return 0;
}
