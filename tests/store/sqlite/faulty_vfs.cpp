#include "tests/store/sqlite/faulty_vfs.hpp"

#include <cstring>
#include <memory>
#include <stdexcept>

#include <sqlite3.h>

namespace doorward {
namespace {

// SQLite allocates a file as the size that the file system asked for: ours first, the system's file behind
// it.
struct FaultyFile {
  sqlite3_file base;
  FaultyVfs* faults;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultyFile& faulty(sqlite3_file* file) { return *reinterpret_cast<FaultyFile*>(file); }

// Calls the method of the system's file with the same arguments.
template <auto Method, class... Arguments>
int pass_on(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* real = faulty(file).real();
  return (real->pMethods->*Method)(real, arguments...);
}

int read(sqlite3_file* file, void* out, int bytes, sqlite3_int64 offset) {
  FaultyVfs& faults = *faulty(file).faults;
  faults.wait_for_the_disk();
  if (const int fault = faults.read) return fault;
  return pass_on<&sqlite3_io_methods::xRead>(file, out, bytes, offset);
}

int write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
  FaultyVfs& faults = *faulty(file).faults;
  if (const int fault = faults.write; fault != 0 && faults.writes_left-- <= 0) return fault;
  return pass_on<&sqlite3_io_methods::xWrite>(file, data, bytes, offset);
}

int sync(sqlite3_file* file, int flags) {
  if (const int fault = faulty(file).faults->sync) return fault;
  return pass_on<&sqlite3_io_methods::xSync>(file, flags);
}

int lock(sqlite3_file* file, int level) {
  if (const int fault = faulty(file).faults->lock) return fault;
  return pass_on<&sqlite3_io_methods::xLock>(file, level);
}

int lock_log(sqlite3_file* file, int offset, int count, int flags) {
  const bool takes = (flags & SQLITE_SHM_LOCK) != 0;
  if (const int fault = faulty(file).faults->log_lock; fault != 0 && takes) return fault;
  return pass_on<&sqlite3_io_methods::xShmLock>(file, offset, count, flags);
}

void shared_memory_barrier(sqlite3_file* file) {
  sqlite3_file* real = faulty(file).real();
  real->pMethods->xShmBarrier(real);
}

const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = pass_on<&sqlite3_io_methods::xClose>,
    .xRead = read,
    .xWrite = write,
    .xTruncate = pass_on<&sqlite3_io_methods::xTruncate, sqlite3_int64>,
    .xSync = sync,
    .xFileSize = pass_on<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    .xLock = lock,
    .xUnlock = pass_on<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = pass_on<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = pass_on<&sqlite3_io_methods::xFileControl, int, void*>,
    .xSectorSize = pass_on<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = pass_on<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = pass_on<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>,
    .xShmLock = lock_log,
    .xShmBarrier = shared_memory_barrier,
    .xShmUnmap = pass_on<&sqlite3_io_methods::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

// The system's file system under another name, with its files wrapped. `pAppData` of the copy is the system's
// own.
struct Registered {
  sqlite3_vfs vfs;
  sqlite3_vfs* system;
  FaultyVfs* faults;
};

int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  auto* registered = reinterpret_cast<Registered*>(vfs);
  FaultyFile& opened = faulty(file);
  opened.faults = registered->faults;
  const int code = registered->system->xOpen(registered->system, name, opened.real(), flags, out_flags);
  opened.base.pMethods = opened.real()->pMethods == nullptr ? nullptr : &methods;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs(For whom) : name_("faulty-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))) {
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  auto registered = std::make_unique<Registered>(Registered{*system, system, this});
  registered->vfs.zName = name_.c_str();
  registered->vfs.szOsFile = static_cast<int>(sizeof(FaultyFile)) + system->szOsFile;
  registered->vfs.xOpen = open;
  registered->vfs.xSleep = [](sqlite3_vfs* vfs, int microseconds) {
    ++reinterpret_cast<Registered*>(vfs)->faults->sleeps;
    return microseconds;
  };
  if (sqlite3_vfs_register(&registered->vfs, whom == For::everybody ? 1 : 0) != SQLITE_OK)
    throw std::runtime_error("cannot register " + name_);
  registered.release();  // found again by its name
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs* vfs = sqlite3_vfs_find(name_.c_str());
  sqlite3_vfs_unregister(vfs);
  delete reinterpret_cast<Registered*>(vfs);
}

void FaultyVfs::hang() {
  const std::lock_guard guard(mutex_);
  hangs_ = true;
}

void FaultyVfs::answer() {
  const std::lock_guard guard(mutex_);
  hangs_ = false;
  changed_.notify_all();
}

void FaultyVfs::wait_for_reads(std::size_t count) {
  std::unique_lock guard(mutex_);
  changed_.wait(guard, [&] { return reads_that_wait_ >= count; });
}

void FaultyVfs::wait_for_the_disk() {
  std::unique_lock guard(mutex_);
  ++reads_that_wait_;
  changed_.notify_all();
  changed_.wait(guard, [this] { return !hangs_; });
  --reads_that_wait_;
}

}  // namespace doorward
