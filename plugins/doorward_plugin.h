/*
 * The plugin ABI of doorward: what a bridge to another identity system is built on. It is all that a bridge sees of
 * doorward, it is plain C, and it can be used from any language that can make a shared library with C functions in it.
 * plugins/README.md says how to write one; `doorward plugin check FILE` says whether it behaves.
 *
 * A plugin can do either or both of
 *   - verify passwords: doorward speaks PLAIN (RFC 4616), the plugin says who it is (`verify`);
 *   - carry whole SASL exchanges: it names mechanisms and gets the client's messages (`start`, `step`).
 *
 * CALLS AND ANSWERS. Every call that can take time carries a ticket and is answered by host->complete(ticket, answer),
 * exactly once, from any thread, before or after the call itself has returned. A call may block: each bridge has
 * threads of its own (8 unless configured), and no other bridge or login waits for them. doorward owns everything
 * else: it stops waiting after the time limit, ignores a second answer, survives one that never comes, and counts all
 * of that against the bridge, whose address spaces are then not ready. Calls of one exchange never overlap, except
 * for `cancel`; those of different exchanges do.
 *
 * WHO OWNS AN EXCHANGE. What `start` or `verify` gave back as *exchange is the plugin's while a call on it is
 * unanswered, and doorward's from the moment of the answer: after complete() it must not be touched outside of the
 * next call. doorward calls `release` exactly once for each *exchange that is not NULL, never while a call on it runs
 * or is unanswered.
 *
 * MEMORY. What doorward hands to a function is valid until the function returns, if nothing else is said; what a
 * plugin hands to complete() or log() is copied before they return. Bytes are not terminated by NUL, and can hold any
 * byte, NUL included, unless they are called text, which is UTF-8.
 *
 * VERSIONS. Within one DOORWARD_PLUGIN_ABI structures only grow at their end, and each begins with its size as its
 * author compiled it: whoever reads one looks at no more than that, and takes what is missing for zero. Only
 * doorward_bytes and doorward_rule are fixed. A plugin must not unload itself, fork, change the process (signals,
 * locale, working directory, environment; SIGPIPE is ignored already), or let a C++ exception or the like leave a function.
 */
#ifndef DOORWARD_PLUGIN_H
#define DOORWARD_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DOORWARD_PLUGIN_ABI 1u

#if defined(__GNUC__)
#define DOORWARD_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define DOORWARD_PLUGIN_EXPORT
#endif

typedef struct doorward_bytes {
  const char *data; /* may be NULL where size is 0 */
  size_t size;
} doorward_bytes;

/* Names a call that has to be answered, or a bridge. Never a pointer: an old one does no harm. */
typedef uint64_t doorward_ticket;

/* ------------------------------------------------------------------------------------------------- answers */

/* doorward_answer.outcome */
enum {
  DOORWARD_CONTINUE = 1,    /* start, step: send `challenge`, which may be empty, and call step with the reply */
  DOORWARD_ACCEPTED = 2,    /* the client is `identity`; of check: all is well */
  DOORWARD_REFUSED = 3,     /* the client could not prove it; it is told that and no more */
  DOORWARD_UNAVAILABLE = 4, /* cannot tell now: the client may try again later (sys-temp) */
  DOORWARD_FAULT = 5        /* will not work before somebody mends something (sys) */
};

/* doorward_answer.rights: where what the client may do comes from */
enum {
  /* A MessagingUser of the address space whose spec.authentication is {type: federated, provider: the
   * AuthenticationService's name, federatedUsername: `identity`, byte by byte}. Without one the client is refused. */
  DOORWARD_RIGHTS_STORED = 0,
  /* `groups` and `rules`, within the bounds below. */
  DOORWARD_RIGHTS_GIVEN = 1
};

/* doorward_rule.operations, added up: as spec.authorization[].operations of a MessagingUser */
enum { DOORWARD_SEND = 1, DOORWARD_RECV = 2, DOORWARD_VIEW = 4, DOORWARD_MANAGE = 8 };

/* May do `operations` on each address. `view` and `manage` speak of the whole address space. */
typedef struct doorward_rule {
  const doorward_bytes *addresses; /* text; a trailing * stands for any ending */
  size_t address_count;
  uint64_t operations;
} doorward_rule;

/* An answer that exceeds a bound ends the login with `sys`, and the log says which. */
#define DOORWARD_MAX_CHALLENGE 16000u /* bytes: it has to fit into a SASL frame */
#define DOORWARD_MAX_IDENTITY 256u    /* bytes of text without control characters, one at least */
#define DOORWARD_MAX_GROUPS 64u
#define DOORWARD_MAX_GROUP 256u       /* bytes of text without control characters, one at least */
#define DOORWARD_MAX_RULES 1024u
#define DOORWARD_MAX_ADDRESSES 4096u  /* over all rules; each as a MessagingUser may name it */
#define DOORWARD_MAX_REASON 512u      /* bytes; what is more is cut */

typedef struct doorward_answer {
  size_t size; /* sizeof(doorward_answer) */
  uint32_t outcome;
  uint32_t rights;
  doorward_bytes reason;    /* text, for the operator's log and status; no secret; may be empty */
  doorward_bytes challenge; /* CONTINUE; with ACCEPTED, if not empty, data that the client gets before the outcome */
  doorward_bytes identity;  /* ACCEPTED: text */
  const doorward_bytes *groups; /* text; `admin` is left out unless spec.external.allowAdmin says otherwise */
  size_t group_count;
  const doorward_rule *rules;
  size_t rule_count;
} doorward_answer;

/* -------------------------------------------------------------------------------- what doorward offers a plugin */

enum { DOORWARD_LOG_DEBUG = 1, DOORWARD_LOG_INFO = 2, DOORWARD_LOG_WARNING = 3, DOORWARD_LOG_ERROR = 4 };

/* One for the process, valid as long as it runs. Both functions may be called from any thread, never block for long,
 * and bear any ticket. */
typedef struct doorward_host {
  size_t size;
  uint32_t abi;
  void (*complete)(doorward_ticket ticket, const doorward_answer *answer);
  void (*log)(doorward_ticket bridge, uint32_t level, doorward_bytes text); /* one line; no secrets */
} doorward_host;

typedef struct doorward_settings {
  size_t size;
  doorward_ticket bridge;        /* for log(); tells apart what one library does for several services */
  doorward_bytes service;        /* NAMESPACE/NAME of the AuthenticationService */
  doorward_bytes config;         /* JSON: spec.external.plugin.config, or an empty object */
  const char *secrets_directory; /* the secrets of the service's namespace: a directory SECRET with a file for each key */
  uint64_t time_limit_ms;        /* how long doorward waits for an answer */
} doorward_settings;

/* ------------------------------------------------------------------------------ what a plugin offers doorward */

typedef struct doorward_password {
  size_t size;
  doorward_bytes realm;
  doorward_bytes username; /* text, prepared by SASLprep where that is possible */
  doorward_bytes password; /* as the client sent it; not to be kept or logged */
  doorward_bytes peer;     /* HOST:PORT of the router or broker, not of the client behind it */
} doorward_password;

typedef struct doorward_start {
  size_t size;
  doorward_bytes realm;
  doorward_bytes mechanism;
  uint32_t has_initial_response; /* 0: the client sent none, which is not the same as an empty one */
  uint32_t reserved;
  doorward_bytes initial_response;
  doorward_bytes peer;
} doorward_start;

typedef struct doorward_plugin {
  size_t size;         /* sizeof(doorward_plugin) */
  uint32_t abi;        /* DOORWARD_PLUGIN_ABI */
  uint32_t reserved;
  const char *name;    /* for people */
  const char *version;

  /* Begins to work for one AuthenticationService: *instance goes to every other function. May be called several
   * times, once for each service. Anything but 0 is a failure, and `reason` (NUL-terminated text, `reason_size` bytes
   * at most) says what to do; it is tried again every few seconds. `close` ends it when no exchange is left; threads
   * that the plugin made are gone when it returns. */
  int (*open)(const doorward_host *host, const doorward_settings *settings, void **instance, char *reason,
              size_t reason_size);
  void (*close)(void *instance);

  /* NULL, or asks whether logins would work now. Called every few seconds: ACCEPTED, or UNAVAILABLE with a reason,
   * which becomes the status of the address spaces that lean on this bridge. */
  void (*check)(void *instance, doorward_ticket ticket);

  /* NULL, or verifies a password. *exchange is NULL before, and may stay so. */
  void (*verify)(void *instance, doorward_ticket ticket, const doorward_password *password, void **exchange);

  /* NULL, or the mechanisms that `start` takes: 32 names at most, the strongest first, a NULL behind the last. It is
   * asked once, after `open`; the names are valid until `close`. Names are as in RFC 4422: 20 of A-Z, 0-9, - and _.
   * A mechanism that is listed here is never spoken by doorward itself, PLAIN included. */
  const char *const *(*mechanisms)(void *instance);
  void (*start)(void *instance, doorward_ticket ticket, const doorward_start *start, void **exchange);
  void (*step)(void *instance, void *exchange, doorward_ticket ticket, doorward_bytes response);

  /* NULL, or says that nobody waits for the call that is unanswered: stop working on it, and answer all the same, with
   * anything. It may come while the answer is under way. */
  void (*cancel)(void *instance, void *exchange);
  /* The end of an exchange. NULL only where no *exchange is ever set. */
  void (*release)(void *instance, void *exchange);
} doorward_plugin;

/*
 * The one symbol that a plugin exports. `host_abi` is the DOORWARD_PLUGIN_ABI of the caller: a plugin that cannot
 * speak it returns NULL. The table is valid as long as the process runs.
 */
DOORWARD_PLUGIN_EXPORT const doorward_plugin *doorward_plugin_entry(uint32_t host_abi);

#ifdef __cplusplus
}
#endif

#endif
