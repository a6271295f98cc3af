#include <lmdb.h>
// `statfs`, which tells network file systems apart; Swift's Glibc module leaves it out.
#include <sys/vfs.h>
