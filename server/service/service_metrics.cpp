#include "server/service/service_metrics.hpp"

#include "server/ops/log.hpp"

#include <chrono>
#include <ctime>
#include <dirent.h>
#include <fstream>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <openssl/asn1.h>
#include <openssl/x509.h>

namespace doorward {
namespace {

using metrics::Exposition;
using metrics::Label;
using metrics::Type;

double seconds_since_epoch(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

const auto process_began = std::chrono::system_clock::now();

// When the certificate that is in use ends; nothing where that cannot be told.
std::optional<double> expiry(const TlsContext& tls) {
  const std::shared_ptr<SSL_CTX> context = tls.current();
  const X509* certificate = SSL_CTX_get0_certificate(context.get());
  std::tm expires{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &expires) != 1) return {};
  return static_cast<double>(timegm(&expires));
}

void collect_certificates(const MeasuredParts& parts, Exposition& page) {
  std::vector<std::pair<std::string_view, const WatchedCertificate*>> certificates;
  if (parts.amqps_certificate != nullptr) certificates.emplace_back("amqps", parts.amqps_certificate);
  if (parts.https_certificate != nullptr) certificates.emplace_back("https", parts.https_certificate);
  if (certificates.empty()) return;
  page.family("doorward_tls_certificate_expiry_timestamp_seconds", Type::gauge,
              "When the certificate that is in use ends, in seconds since 1970.");
  for (const auto& [listener, certificate] : certificates) {
    const Label labels[] = {{"listener", listener}};
    if (const auto ends = expiry(*certificate->tls())) page.sample(labels, *ends);
  }
  page.family("doorward_tls_certificate_rejected", Type::gauge,
              "1 while the newest files of the certificate are refused and the old ones are in use.");
  for (const auto& [listener, certificate] : certificates) {
    const Label labels[] = {{"listener", listener}};
    page.sample(labels, std::uint64_t{certificate->refused() ? 1u : 0u});
  }
}

void collect_connections(const AmqpServer& amqp, Exposition& page) {
  page.family("doorward_connections", Type::gauge, "Open connections of routers and brokers, by state.");
  for (std::size_t i = 0; i < connection_state_names.size(); ++i) {
    const Label labels[] = {{"state", connection_state_names[i]}};
    page.sample(labels, std::uint64_t{amqp.connections(static_cast<ConnectionState>(i))});
  }
  page.gauge("doorward_connections_limit", "Connections that may be open at once.",
             static_cast<double>(amqp.connection_bound()));
}

void collect_guesses(GuessGuard& guesses, Exposition& page) {
  const GuessGuard::Counts counts = guesses.counts(GuessGuard::Clock::now());
  page.counter("doorward_wrong_passwords", "Wrong passwords, without repeats of the same one.",
               counts.wrong_answers);
  page.counter("doorward_wrong_passwords_delayed",
               "Wrong passwords whose answer was held back, since there were many for the account.",
               counts.delayed);
  page.gauge("doorward_guessed_accounts", "Accounts for which wrong passwords have been tried of late.",
             static_cast<double>(counts.accounts));
  page.gauge("doorward_guessed_accounts_waiting",
             "Logins that wait for their turn, since many wrong answers of their account are held back.",
             static_cast<double>(counts.waiting));
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  if (DIR* folder = opendir("/proc/self/fd"); folder != nullptr) {
    while (const dirent* entry = readdir(folder)) count += entry->d_name[0] == '.' ? 0 : 1;
    closedir(folder);
    --count;  // that of the folder itself
  }
  return count;
}

double resident_bytes() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

QueueMetrics::QueueMetrics() {
  for (const std::string_view share : WorkerPool::share_names) waits_.expect({share});
}

void QueueMetrics::waited(WorkerPool::Share share, std::chrono::nanoseconds time) {
  waits_.observe({WorkerPool::share_names[std::to_underlying(share)]}, time);
}

void collect_service(const MeasuredParts& parts, Exposition& page) {
  collect_connections(parts.amqp, page);
  page.gauge("doorward_worker_queue_depth", "Jobs that wait for a worker.",
             static_cast<double>(parts.pool.queued()));
  page.gauge("doorward_worker_queue_limit", "Jobs that may wait for a worker.",
             static_cast<double>(parts.pool_bound));
  page.counter("doorward_worker_queue_refusals",
               "Jobs that found the queue full or waited too long: their logins end with sys-temp.",
               parts.pool.refused());
  collect_guesses(parts.guesses, page);
  const CredentialCache::Lookups lookups = parts.cache.lookups();
  page.counter("doorward_user_cache_hits", "Users that were found in memory.", lookups.hits);
  page.counter("doorward_user_cache_misses", "Users that the store was asked for.", lookups.misses);
  page.gauge("doorward_user_cache_entries", "Users in memory.", static_cast<double>(parts.cache.size()));
  collect_certificates(parts, page);
  if (parts.folder != nullptr) {
    page.gauge("doorward_resources_rejected",
               "1 while the newest state of the resources folder, or an object of it, is not in force.",
               parts.folder->refused() ? 1 : 0);
  }
}

void collect_process(Exposition& page) {
  page.family("doorward_build_info", Type::gauge, "Always 1; the labels say what is running.");
  const Label build[] = {{"version", DOORWARD_VERSION}, {"compiler", __VERSION__}};
  page.sample(build, std::uint64_t{1});
  page.counter("doorward_log_lines_dropped", "Log lines that nobody read in time.", log::dropped_lines());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  // The names that client libraries of Prometheus give these.
  page.family("process_cpu_seconds", Type::counter, "CPU time of the process.");
  page.sample({}, seconds(usage.ru_utime) + seconds(usage.ru_stime));
  page.gauge("process_resident_memory_bytes", "Memory of the process.", resident_bytes());
  page.gauge("process_open_fds", "Open file descriptors.", static_cast<double>(open_descriptors()));
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  page.gauge("process_max_fds", "File descriptors that may be open.", static_cast<double>(files.rlim_cur));
  page.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.",
             seconds_since_epoch(process_began));
}

}  // namespace doorward
