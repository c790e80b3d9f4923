/*
 * The smallest useful bridge: a password file. plugins/README.md quotes it.
 *
 * The secret `passwords` has one file, `users`, with a line for each user (`openssl passwd -6` makes the hash):
 *
 *   ann:$6$...:orders* invoices
 *
 * Behind the second colon stand the addresses that the user may send to and receive from. Without it the user's rights
 * are those of a MessagingUser. The file is read at each login, so a change takes effect at once.
 */
#include "plugins/doorward_plugin.h"

#include <crypt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 4096, MAX_ADDRESSES = 32 };

/* For a name that is not in the file: it takes as long as a real one. */
static const char DECOY[] = "$6$decoydecoydecoy0$";

struct bridge {
  const doorward_host *host;
  char *file;
};

static doorward_bytes text(const char *string) {
  doorward_bytes bytes = {string, strlen(string)};
  return bytes;
}

static void answer(const struct bridge *bridge, doorward_ticket ticket, uint32_t outcome, const char *reason) {
  doorward_answer answer = {0};
  answer.size = sizeof answer;
  answer.outcome = outcome;
  answer.reason = text(reason);
  bridge->host->complete(ticket, &answer);
}

static int open_bridge(const doorward_host *host, const doorward_settings *settings, void **instance, char *reason,
                       size_t reason_size) {
  static const char name[] = "/passwords/users";
  const size_t length = strlen(settings->secrets_directory) + sizeof name;
  struct bridge *bridge = calloc(1, sizeof *bridge);
  if (bridge != NULL) bridge->file = malloc(length);
  if (bridge == NULL || bridge->file == NULL) {
    free(bridge);
    snprintf(reason, reason_size, "out of memory");
    return -1;
  }
  snprintf(bridge->file, length, "%s%s", settings->secrets_directory, name);
  bridge->host = host;
  *instance = bridge;
  return 0;
}

static void close_bridge(void *instance) {
  struct bridge *bridge = instance;
  free(bridge->file);
  free(bridge);
}

static void check(void *instance, doorward_ticket ticket) {
  const struct bridge *bridge = instance;
  FILE *file = fopen(bridge->file, "r");
  if (file == NULL) {
    answer(bridge, ticket, DOORWARD_UNAVAILABLE, "the secret `passwords` has no file `users` that can be read");
    return;
  }
  fclose(file);
  answer(bridge, ticket, DOORWARD_ACCEPTED, "");
}

/* Whether the line is that of the user: `line` becomes the hash, *addresses what stands behind it, or NULL. */
static int find(FILE *file, doorward_bytes username, char line[MAX_LINE], char **hash, char **addresses) {
  while (fgets(line, MAX_LINE, file) != NULL) {
    line[strcspn(line, "\r\n")] = '\0';
    char *colon = strchr(line, ':');
    if (colon == NULL || (size_t)(colon - line) != username.size) continue;
    if (memcmp(line, username.data, username.size) != 0) continue;
    *hash = colon + 1;
    *addresses = strchr(*hash, ':');
    if (*addresses != NULL) *(*addresses)++ = '\0';
    return 1;
  }
  return 0;
}

static int is_password(doorward_bytes password, const char *hash) {
  struct crypt_data *data = calloc(1, sizeof *data);
  char *copy = calloc(1, password.size + 1);
  int right = 0;
  if (data != NULL && copy != NULL && memchr(password.data, '\0', password.size) == NULL) {
    memcpy(copy, password.data, password.size);
    const char *made = crypt_r(copy, hash, data);
    right = made != NULL && made[0] != '*' && strcmp(made, hash) == 0;
    explicit_bzero(copy, password.size);
    explicit_bzero(data, sizeof *data);
  }
  free(copy);
  free(data);
  return right;
}

static void accept(const struct bridge *bridge, doorward_ticket ticket, doorward_bytes username, char *addresses) {
  doorward_bytes list[MAX_ADDRESSES];
  doorward_rule rule = {list, 0, DOORWARD_SEND | DOORWARD_RECV};
  char *rest = NULL;
  for (char *word = addresses == NULL ? NULL : strtok_r(addresses, " ", &rest);
       word != NULL && rule.address_count < MAX_ADDRESSES; word = strtok_r(NULL, " ", &rest))
    list[rule.address_count++] = text(word);

  doorward_answer answer = {0};
  answer.size = sizeof answer;
  answer.outcome = DOORWARD_ACCEPTED;
  answer.identity = username;
  answer.rights = addresses == NULL ? DOORWARD_RIGHTS_STORED : DOORWARD_RIGHTS_GIVEN;
  answer.rules = &rule;
  answer.rule_count = rule.address_count > 0 ? 1 : 0;
  bridge->host->complete(ticket, &answer);
}

static void verify(void *instance, doorward_ticket ticket, const doorward_password *asked, void **exchange) {
  const struct bridge *bridge = instance;
  char line[MAX_LINE];
  char *hash = NULL, *addresses = NULL;
  (void)exchange; /* one answer, so there is nothing to keep */

  FILE *file = fopen(bridge->file, "r");
  if (file == NULL) {
    answer(bridge, ticket, DOORWARD_UNAVAILABLE, "the secret `passwords` has no file `users` that can be read");
    return;
  }
  const int known = asked->username.size > 0 && find(file, asked->username, line, &hash, &addresses);
  fclose(file);
  if (is_password(asked->password, known ? hash : DECOY) && known) {
    accept(bridge, ticket, asked->username, addresses);
  } else {
    answer(bridge, ticket, DOORWARD_REFUSED, "");
  }
}

const doorward_plugin *doorward_plugin_entry(uint32_t host_abi) {
  static const doorward_plugin plugin = {
      .size = sizeof plugin,
      .abi = DOORWARD_PLUGIN_ABI,
      .name = "example",
      .version = "1",
      .open = open_bridge,
      .close = close_bridge,
      .check = check,
      .verify = verify,
  };
  return host_abi == DOORWARD_PLUGIN_ABI ? &plugin : NULL;
}
