// A disk that hangs when a test wants it to: preloaded, it lets write(2) and fdatasync(2) on the file that
// DOORWARD_HANGS names wait for as long as somebody else holds a lock on DOORWARD_HANGS_WHILE. All other
// files answer as ever. It needs glibc, and no sanitizer, which wants to be loaded first.
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

bool hangs(int descriptor) {
  static const char* const name = std::getenv("DOORWARD_HANGS");
  struct stat named{}, opened{};
  return name != nullptr && stat(name, &named) == 0 && fstat(descriptor, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

void wait_for_the_disk(int descriptor) {
  if (!hangs(descriptor)) return;
  const char* const gate = std::getenv("DOORWARD_HANGS_WHILE");
  const int lock = gate == nullptr ? -1 : open(gate, O_RDONLY | O_CLOEXEC);
  if (lock < 0) return;
  while (flock(lock, LOCK_SH) != 0 && errno == EINTR) {
  }
  close(lock);
}

}  // namespace

extern "C" ssize_t write(int descriptor, const void* data, size_t size) {
  static const auto real = reinterpret_cast<ssize_t (*)(int, const void*, size_t)>(dlsym(RTLD_NEXT, "write"));
  wait_for_the_disk(descriptor);
  return real(descriptor, data, size);
}

extern "C" int fdatasync(int descriptor) {
  static const auto real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fdatasync"));
  wait_for_the_disk(descriptor);
  return real(descriptor);
}
