/*
 * A plugin that breaks one rule, as its configuration says: {"break": "..."}. What `doorward plugin check` must find,
 * and what a service must survive. A rule that begins with x- is of the mechanism X-BROKEN, which is there only then.
 * Built once more with BROKEN_ABI and with BROKEN_SIZE, which break the table itself.
 */
#include "plugins/doorward_plugin.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef BROKEN_ABI
#define BROKEN_ABI DOORWARD_PLUGIN_ABI
#endif
#ifndef BROKEN_SIZE
#define BROKEN_SIZE sizeof(doorward_plugin)
#endif

/* Set by each bridge that opens, while others are asked. */
static const doorward_host *_Atomic host;

struct bridge {
  char rule[32];
};

static int breaks(const struct bridge *bridge, const char *rule) { return strcmp(bridge->rule, rule) == 0; }

static int open_bridge(const doorward_host *the_host, const doorward_settings *settings, void **instance, char *reason,
                       size_t reason_size) {
  static const char key[] = "\"break\":\"";
  struct bridge *bridge = calloc(1, sizeof *bridge);
  const char *found = settings->config.size > 0 ? strstr(settings->config.data, key) : NULL;
  if (bridge == NULL) return -1;
  if (found != NULL) {
    size_t length = strcspn(found + sizeof key - 1, "\"");
    if (length >= sizeof bridge->rule) length = sizeof bridge->rule - 1;
    memcpy(bridge->rule, found + sizeof key - 1, length);
  }
  host = the_host;
  if (breaks(bridge, "open")) {
    strncpy(reason, "the cat sleeps on the server", reason_size);
    free(bridge);
    return 1;
  }
  *instance = bridge;
  return 0;
}

static void close_bridge(void *instance) { free(instance); }

static void check(void *instance, doorward_ticket ticket) {
  doorward_answer answer = {0};
  answer.size = sizeof answer;
  answer.outcome = breaks(instance, "check") ? DOORWARD_UNAVAILABLE : DOORWARD_ACCEPTED;
  answer.reason.data = "the directory is on fire";
  answer.reason.size = strlen(answer.reason.data);
  host->complete(ticket, &answer);
}

static void verify(void *instance, doorward_ticket ticket, const doorward_password *asked, void **exchange) {
  doorward_answer answer = {0};
  (void)exchange;
  answer.size = breaks(instance, "size") ? 8 : sizeof answer;
  answer.outcome = DOORWARD_REFUSED;
  if (breaks(instance, "never")) return;
  while (breaks(instance, "block")) pause();
  if (breaks(instance, "lets-in") || breaks(instance, "huge") || breaks(instance, "comma")) {
    answer.outcome = DOORWARD_ACCEPTED;
    answer.rights = DOORWARD_RIGHTS_GIVEN;
    answer.identity.data = "somebody";
    answer.identity.size = 8;
  }
  if (breaks(instance, "huge")) answer.identity.size = (size_t)1 << 40;
  doorward_bytes address = {"a,*", 3};
  doorward_rule rule = {&address, 1, DOORWARD_SEND};
  if (breaks(instance, "comma")) {
    answer.rules = &rule;
    answer.rule_count = 1;
  }
  if (breaks(instance, "outcome")) answer.outcome = 77;
  (void)asked;
  host->complete(ticket, &answer);
  if (breaks(instance, "twice")) host->complete(ticket, &answer);
}

/*
 * A mechanism that challenges, and then takes some time over its refusal, on a thread of its own, unless it is
 * cancelled.
 */
struct exchange {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  int has_thread;
  doorward_ticket ticket;
  int cancelled;
  int mute; /* once it is cancelled */
};

static const char *const *mechanisms(void *instance) {
  static const char *const names[] = {"X-BROKEN", NULL};
  const struct bridge *bridge = instance;
  return strncmp(bridge->rule, "x-", 2) == 0 ? names : NULL;
}

static void start(void *instance, doorward_ticket ticket, const doorward_start *asked, void **kept) {
  doorward_answer answer = {0};
  struct exchange *exchange = calloc(1, sizeof *exchange);
  (void)instance;
  (void)asked;
  answer.size = sizeof answer;
  answer.outcome = exchange == NULL ? DOORWARD_UNAVAILABLE : DOORWARD_CONTINUE;
  if (exchange != NULL) {
    pthread_mutex_init(&exchange->lock, NULL);
    pthread_cond_init(&exchange->changed, NULL);
    *kept = exchange;
  }
  host->complete(ticket, &answer);
}

static void refuse(doorward_ticket ticket) {
  doorward_answer answer = {0};
  answer.size = sizeof answer;
  answer.outcome = DOORWARD_REFUSED;
  host->complete(ticket, &answer);
}

static void *think(void *kept) {
  struct exchange *exchange = kept;
  struct timespec until;
  doorward_ticket ticket;
  int mute, late = 0;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 50 * 1000 * 1000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock(&exchange->lock);
  while (!exchange->cancelled && late == 0) late = pthread_cond_timedwait(&exchange->changed, &exchange->lock, &until);
  mute = exchange->cancelled && exchange->mute;
  ticket = exchange->ticket;
  pthread_mutex_unlock(&exchange->lock);
  if (mute) {
    pthread_detach(pthread_self()); /* there will be no release */
  } else {
    refuse(ticket);
  }
  return NULL;
}

static void step(void *instance, void *kept, doorward_ticket ticket, doorward_bytes response) {
  struct exchange *exchange = kept;
  (void)response;
  if (breaks(instance, "x-crash")) abort();
  exchange->ticket = ticket;
  exchange->mute = breaks(instance, "x-mute");
  exchange->has_thread = 1;
  if (pthread_create(&exchange->thread, NULL, think, exchange) == 0) return;
  exchange->has_thread = 0;
  refuse(ticket);
}

static void cancel(void *instance, void *kept) {
  struct exchange *exchange = kept;
  pthread_mutex_lock(&exchange->lock);
  exchange->cancelled = 1;
  pthread_cond_signal(&exchange->changed);
  if (breaks(instance, "x-twice")) refuse(exchange->ticket);
  pthread_mutex_unlock(&exchange->lock);
}

static void release(void *instance, void *kept) {
  struct exchange *exchange = kept;
  (void)instance;
  if (exchange->has_thread) pthread_join(exchange->thread, NULL);
  pthread_cond_destroy(&exchange->changed);
  pthread_mutex_destroy(&exchange->lock);
  free(exchange);
}

const doorward_plugin *doorward_plugin_entry(uint32_t host_abi) {
  static const doorward_plugin plugin = {
      .size = BROKEN_SIZE,
      .abi = BROKEN_ABI,
      .name = "broken",
      .version = "1",
      .open = open_bridge,
      .close = close_bridge,
      .check = check,
      .verify = verify,
      .mechanisms = mechanisms,
      .start = start,
      .step = step,
      .cancel = cancel,
      .release = release,
  };
  (void)host_abi;
  return &plugin;
}
