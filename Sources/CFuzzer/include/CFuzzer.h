// libFuzzer's driver, where the program is linked with it.
#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

// Runs libFuzzer with its own command line, the program's name first, and returns its status; -1
// where the program was built without libFuzzer.
int cfuzzer_run(int argc, char **argv, int (*run)(const uint8_t *bytes, size_t count));

#endif
