// Reads extents of an NBD export with libnbd, many at a time, and writes them where they belong in a raw file: what a
// small program in C does with the same list. Usage: read-extents URI EXTENTS OUTPUT; EXTENTS holds pairs of
// 64-bit little-endian offset and length.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <libnbd.h>

#define IN_FLIGHT 64
#define LARGEST (1024 * 1024)

struct slot {
  char *memory;
  uint64_t offset;
  size_t length;
  int busy;
};

static int output;

static void die(const char *what) {
  const char *why = nbd_get_error();
  fprintf(stderr, "%s: %s\n", what, why ? why : "system error");
  exit(1);
}

static int arrived(void *data, int *error) {
  struct slot *slot = data;
  if (*error) die("read");
  for (size_t done = 0; done < slot->length;) {
    ssize_t n = pwrite(output, slot->memory + done, slot->length - done, slot->offset + done);
    if (n <= 0) die("pwrite");
    done += n;
  }
  slot->busy = 0;
  return 1;
}

int main(int argc, char **argv) {
  static struct slot slots[IN_FLIGHT];
  if (argc != 4) return 2;
  FILE *extents = fopen(argv[2], "rb");
  output = open(argv[3], O_WRONLY | O_CREAT | O_EXCL, 0600);
  struct nbd_handle *nbd = nbd_create();
  if (!extents || output < 0 || !nbd) die("open");
  if (nbd_connect_uri(nbd, argv[1]) == -1) die("connect");
  int64_t size = nbd_get_size(nbd);
  if (size < 0 || ftruncate(output, size) != 0) die("size");

  uint64_t pair[2] = {0, 0};
  int more = fread(pair, 16, 1, extents) == 1;
  while (more || nbd_aio_in_flight(nbd) > 0) {
    for (int i = 0; more && i < IN_FLIGHT; i++) {
      struct slot *slot = &slots[i];
      if (slot->busy) continue;
      if (!slot->memory && !(slot->memory = malloc(LARGEST))) die("malloc");
      slot->offset = pair[0];
      slot->length = pair[1] < LARGEST ? pair[1] : LARGEST;
      slot->busy = 1;
      nbd_completion_callback then = {.callback = arrived, .user_data = slot};
      if (nbd_aio_pread(nbd, slot->memory, slot->length, slot->offset, then, 0) == -1) die("pread");
      pair[0] += slot->length;
      pair[1] -= slot->length;
      if (pair[1] == 0) more = fread(pair, 16, 1, extents) == 1;
    }
    if (nbd_poll(nbd, -1) == -1) die("poll");
  }
  if (close(output) != 0) die("close");
  nbd_shutdown(nbd, 0);
  nbd_close(nbd);
  return 0;
}
