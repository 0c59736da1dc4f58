/* keep-warm BYTES: touches that much memory, gives nearly all of it back to the kernel and waits for the end of its
 * input. It keeps a page of each half MiB, so that no piece that is free is large enough for a virtual machine to hand
 * it back to its host (free page reporting takes pieces of 2 or 4 MiB), which takes microseconds a page to return. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096UL
#define PIECE (512UL * 1024)

int main(int argc, char **argv)
{
  size_t bytes = argc == 2 ? strtoull(argv[1], NULL, 10) / PIECE * PIECE : 0;
  if (bytes == 0) {
    fprintf(stderr, "usage: keep-warm BYTES\n");
    return 2;
  }
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || madvise(memory, bytes, MADV_NOHUGEPAGE) != 0) {
    perror("keep-warm");
    return 1;
  }
  for (size_t at = 0; at < bytes; at += PAGE)
    memory[at] = 1;
  for (size_t at = 0; at < bytes; at += PIECE)
    if (madvise(memory + at + PAGE, PIECE - PAGE, MADV_DONTNEED) != 0) {
      perror("keep-warm");
      return 1;
    }
  puts("warm");
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0)
    ;
  return 0;
}
