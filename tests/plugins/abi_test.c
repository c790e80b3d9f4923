/*
 * The ABI of doorward_plugin.h, as version 1 has it: a field that moves or changes its size, a constant that gets another
 * value and a function that gets another signature fail the build. A structure that grows at its end gets a new size and a
 * line for the field here, and nothing else changes; what is fixed for good does not grow at all.
 *
 * In C, since the header is C's; on machines with pointers of 64 bits.
 */
#include "plugins/doorward_plugin.h"

#if UINTPTR_MAX == UINT64_MAX

#define AT(structure, field, offset, bytes)                                                    \
  _Static_assert(offsetof(structure, field) == (offset), #structure "." #field " has moved");  \
  _Static_assert(sizeof(((structure *)0)->field) == (bytes), #structure "." #field " has another size")
#define BYTES(structure, bytes) _Static_assert(sizeof(structure) == (bytes), #structure " has another size")
#define IS(expression, type) \
  _Static_assert(_Generic((expression), type: 1, default: 0), #expression " has another type")

/* Fixed for good. */
BYTES(doorward_bytes, 16);
AT(doorward_bytes, data, 0, 8);
AT(doorward_bytes, size, 8, 8);

BYTES(doorward_rule, 24);
AT(doorward_rule, addresses, 0, 8);
AT(doorward_rule, address_count, 8, 8);
AT(doorward_rule, operations, 16, 8);

BYTES(doorward_ticket, 8);
IS((doorward_ticket)0, uint64_t);

/* These may grow at their end. */
BYTES(doorward_answer, 96);
AT(doorward_answer, size, 0, 8);
AT(doorward_answer, outcome, 8, 4);
AT(doorward_answer, rights, 12, 4);
AT(doorward_answer, reason, 16, 16);
AT(doorward_answer, challenge, 32, 16);
AT(doorward_answer, identity, 48, 16);
AT(doorward_answer, groups, 64, 8);
AT(doorward_answer, group_count, 72, 8);
AT(doorward_answer, rules, 80, 8);
AT(doorward_answer, rule_count, 88, 8);

BYTES(doorward_host, 32);
AT(doorward_host, size, 0, 8);
AT(doorward_host, abi, 8, 4);
AT(doorward_host, complete, 16, 8);
AT(doorward_host, log, 24, 8);
IS(((doorward_host *)0)->complete, void (*)(doorward_ticket, const doorward_answer *));
IS(((doorward_host *)0)->log, void (*)(doorward_ticket, uint32_t, doorward_bytes));

BYTES(doorward_settings, 64);
AT(doorward_settings, size, 0, 8);
AT(doorward_settings, bridge, 8, 8);
AT(doorward_settings, service, 16, 16);
AT(doorward_settings, config, 32, 16);
AT(doorward_settings, secrets_directory, 48, 8);
AT(doorward_settings, time_limit_ms, 56, 8);

BYTES(doorward_password, 72);
AT(doorward_password, size, 0, 8);
AT(doorward_password, realm, 8, 16);
AT(doorward_password, username, 24, 16);
AT(doorward_password, password, 40, 16);
AT(doorward_password, peer, 56, 16);

BYTES(doorward_start, 80);
AT(doorward_start, size, 0, 8);
AT(doorward_start, realm, 8, 16);
AT(doorward_start, mechanism, 24, 16);
AT(doorward_start, has_initial_response, 40, 4);
AT(doorward_start, reserved, 44, 4);
AT(doorward_start, initial_response, 48, 16);
AT(doorward_start, peer, 64, 16);

BYTES(doorward_plugin, 104);
AT(doorward_plugin, size, 0, 8);
AT(doorward_plugin, abi, 8, 4);
AT(doorward_plugin, reserved, 12, 4);
AT(doorward_plugin, name, 16, 8);
AT(doorward_plugin, version, 24, 8);
AT(doorward_plugin, open, 32, 8);
AT(doorward_plugin, close, 40, 8);
AT(doorward_plugin, check, 48, 8);
AT(doorward_plugin, verify, 56, 8);
AT(doorward_plugin, mechanisms, 64, 8);
AT(doorward_plugin, start, 72, 8);
AT(doorward_plugin, step, 80, 8);
AT(doorward_plugin, cancel, 88, 8);
AT(doorward_plugin, release, 96, 8);
IS(((doorward_plugin *)0)->open, int (*)(const doorward_host *, const doorward_settings *, void **, char *, size_t));
IS(((doorward_plugin *)0)->close, void (*)(void *));
IS(((doorward_plugin *)0)->check, void (*)(void *, doorward_ticket));
IS(((doorward_plugin *)0)->verify, void (*)(void *, doorward_ticket, const doorward_password *, void **));
IS(((doorward_plugin *)0)->mechanisms, const char *const *(*)(void *));
IS(((doorward_plugin *)0)->start, void (*)(void *, doorward_ticket, const doorward_start *, void **));
IS(((doorward_plugin *)0)->step, void (*)(void *, void *, doorward_ticket, doorward_bytes));
IS(((doorward_plugin *)0)->cancel, void (*)(void *, void *));
IS(((doorward_plugin *)0)->release, void (*)(void *, void *));
IS(&doorward_plugin_entry, const doorward_plugin *(*)(uint32_t));

#endif

/* What the numbers mean. */
_Static_assert(DOORWARD_PLUGIN_ABI == 1, "a new version of the ABI: this file is about version 1");
_Static_assert(DOORWARD_CONTINUE == 1 && DOORWARD_ACCEPTED == 2 && DOORWARD_REFUSED == 3 && DOORWARD_UNAVAILABLE == 4 &&
                   DOORWARD_FAULT == 5,
               "an outcome has another number");
_Static_assert(DOORWARD_RIGHTS_STORED == 0 && DOORWARD_RIGHTS_GIVEN == 1, "rights have another number");
_Static_assert(DOORWARD_SEND == 1 && DOORWARD_RECV == 2 && DOORWARD_VIEW == 4 && DOORWARD_MANAGE == 8,
               "an operation has another number");
_Static_assert(DOORWARD_LOG_DEBUG == 1 && DOORWARD_LOG_INFO == 2 && DOORWARD_LOG_WARNING == 3 && DOORWARD_LOG_ERROR == 4,
               "a level has another number");
/* Bounds may be raised: what kept to the old one still does. */
_Static_assert(DOORWARD_MAX_CHALLENGE >= 16000 && DOORWARD_MAX_IDENTITY >= 256 && DOORWARD_MAX_GROUPS >= 64 &&
                   DOORWARD_MAX_GROUP >= 256 && DOORWARD_MAX_RULES >= 1024 && DOORWARD_MAX_ADDRESSES >= 4096 &&
                   DOORWARD_MAX_REASON >= 512,
               "a bound is tighter than plugins were promised");
