// What keeps manifests from being applied: each fault with its place, all of them at once, and nothing
// written.
#include "server/resources/kinds/user_credentials.hpp"
#include "tests/server/resources/workbench.hpp"

namespace doorward::resources {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Faults : public Workbench {
 protected:
  // The one fault of the manifest; nothing may have been written.
  std::string fault(std::string_view yaml) {
    const auto before = version();
    const auto result = apply(yaml);
    EXPECT_EQ(version(), before);
    if (result) return "applied";
    EXPECT_FALSE(result.error().retry);
    const auto lines = texts(result.error().faults);
    return lines.size() == 1 ? lines[0] : testing::PrintToString(lines);
  }

  // A user with these lines under `spec:`, from line 6 on.
  std::string user(std::string_view spec) {
    return "apiVersion: user.enmasse.io/v1beta1\nkind: MessagingUser\nmetadata: {name: shop.alice}\nspec:\n" +
           std::string(spec);
  }
  std::string rule(std::string_view line) {
    return user(
        "  username: alice\n  authentication: {type: password, password: cGVuY2ls}\n  authorization:\n"
        "  - {" +
        std::string(line) + "}\n");
  }
  std::string secret(std::string_view line) {
    return user("  username: alice\n  authentication:\n    type: password\n    " + std::string(line) + "\n");
  }
};

TEST_F(Faults, of_a_kind_name_the_known_ones) {
  for (const std::string& yaml :
       {"apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n",
        "apiVersion: user.enmasse.io/v1beta1\nkind: MessagingUsr\nmetadata: {name: x}\n"}) {
    EXPECT_THAT(fault(yaml), AllOf(StartsWith("m.yaml:2: kind: "), HasSubstr("is not known; known kinds: "),
                                   HasSubstr("AuthenticationService (admin.enmasse.io/v1beta1)"),
                                   HasSubstr("MessagingUser (user.enmasse.io/v1beta1)"),
                                   HasSubstr("AddressPlan (admin.enmasse.io/v1beta2)")))
        << yaml;
  }
  EXPECT_THAT(fault("kind: MessagingUser\n"), StartsWith("m.yaml:1: apiVersion: is required; known kinds: "));
  EXPECT_THAT(fault("apiVersion: enmasse.io/v1beta1\n"),
              StartsWith("m.yaml:1: kind: is required; known kinds: "));
  EXPECT_THAT(fault("apiVersion: [1]\nkind: {}\n"), StartsWith("m.yaml:1: apiVersion: is required"));
}

TEST_F(Faults, of_a_version_name_the_right_one_and_come_with_the_others_of_the_object) {
  for (const std::string version : {"user.enmasse.io/v2", "enmasse.io/v1beta1", "v1"}) {
    std::string yaml = user_yaml("team1", "shop.alice", "Alice");
    const std::string right = "user.enmasse.io/v1beta1";
    yaml.replace(yaml.find(right), right.size(), version);
    const auto result = apply(yaml);
    ASSERT_FALSE(result);
    EXPECT_THAT(texts(result.error().faults),
                ElementsAre("m.yaml:2: MessagingUser team1/shop.alice: apiVersion: \"" + version +
                                "\" has no MessagingUser: write user.enmasse.io/v1beta1",
                            StartsWith("m.yaml:8: MessagingUser team1/shop.alice: spec.username: ")));
  }
}

TEST_F(Faults, of_shape) {
  const struct {
    const char* behaviour;
    std::string yaml;
    std::string fault;
  } cases[] = {
      {"an unknown field",
       user("  username: alice\n  authentication: {type: serviceaccounts}\n  pasword: x\n"),
       "{ \"m.yaml:6: MessagingUser default/shop.alice: spec.authentication.type: \\\"serviceaccounts\\\" is "
       "not "
       "supported: use \\\"password\\\", \\\"federated\\\" or \\\"serviceaccount\\\"\", \"m.yaml:7: "
       "MessagingUser "
       "default/shop.alice: spec.pasword: unknown field; known here: username, authentication, "
       "authorization\" }"},
      {"no spec", "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: a}\n",
       "m.yaml:1: AuthenticationService default/a: spec: is required"},
      {"a spec that is null",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: "
       "a}\nspec:\n",
       "m.yaml:4: AuthenticationService default/a: spec: is required"},
      {"a spec that is text",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: a}\nspec: "
       "standard\n",
       "m.yaml:4: AuthenticationService default/a: spec: must be a mapping, not text"},
      {"no type",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: a}\nspec: {}\n",
       "m.yaml:4: AuthenticationService default/a: spec.type: is required: \"none\", \"standard\" or "
       "\"external\""},
      {"a number as a name",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: 17}\nspec: "
       "{type: none}\n",
       "m.yaml:3: AuthenticationService default/: metadata.name: must be text, not a number: put it in "
       "quotes"},
      {"no name",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {}\nspec: {type: "
       "none}\n",
       "m.yaml:3: AuthenticationService default/: metadata.name: is required"},
      {"a label that is a number",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: a, labels: {v: "
       "1}}\nspec: "
       "{type: none}\n",
       "m.yaml:3: AuthenticationService default/a: metadata.labels.v: must be text, not a number: put it in "
       "quotes"},
      {"a label that cannot be selected by",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: a, labels: {v: a "
       "b}}\n"
       "spec: {type: none}\n",
       "m.yaml:3: AuthenticationService default/a: metadata.labels.v: no value for a label: use at most 63 "
       "of A-Z, a-z, "
       "0-9, '-', '_' and '.', with a letter or digit at both ends"},
      {"an annotation with a name that is none",
       "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: a, annotations: "
       "{a/b/c: x}}"
       "\nspec: {type: none}\n",
       "m.yaml:3: AuthenticationService default/a: metadata.annotations[a/b/c]: no name for a label or "
       "annotation: use "
       "at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', optionally behind a DNS name and '/'"},
      {"a name that is none", service_yaml("A_b"),
       "m.yaml:5: AuthenticationService default/\"A_b\": metadata.name: \"A_b\" is no name: use at most 253 "
       "of "
       "a-z, 0-9, "
       "'-' and '.', with a letter or digit at both ends"},
      {"a namespace that is none", space_yaml("a.b", "s"),
       "m.yaml:5: AddressSpace \"a.b\"/s: metadata.namespace: \"a.b\" is no namespace: use at most 63 of "
       "a-z, "
       "0-9 and '-', "
       "with a letter or digit at both ends"},
      {"an address space with a dot", space_yaml("a", "b.c"),
       "m.yaml:6: AddressSpace a/b.c: metadata.name: \"b.c\" cannot name an address space: use at most 63 of "
       "a-z, 0-9 "
       "and '-', beginning with a letter, without a dot (a user's name is split at its first dot)"},
      {"a port that is none", service_yaml("a", "external", "  external: {host: h, port: 65536}\n"),
       "m.yaml:8: AuthenticationService default/a: spec.external.port: must be from 1 to 65535"},
      {"a port of 2^64-1",
       service_yaml("a", "external", "  external: {host: h, port: 18446744073709551615}\n"),
       "m.yaml:8: AuthenticationService default/a: spec.external.port: must be from 1 to 65535"},
      {"a number with a fraction where it must be whole",
       service_yaml("a", "external", "  external: {host: h, port: 5671.5}\n"),
       "m.yaml:8: AuthenticationService default/a: spec.external.port: must be a whole number without a "
       "fraction"},
      {"an external service without its place", service_yaml("a", "external"),
       "m.yaml:6: AuthenticationService default/a: spec.external: is required for the type external: host "
       "and port, "
       "or plugin"},
      {"an external service that says nothing",
       service_yaml("a", "external", "  external: {allowAdmin: true}\n"),
       "m.yaml:8: AuthenticationService default/a: spec.external.host: is required: name the host and port "
       "of "
       "another service, or a plugin"},
      {"a plugin that is a path", service_yaml("a", "external", "  external: {plugin: {name: ../x}}\n"),
       "m.yaml:8: AuthenticationService default/a: spec.external.plugin.name: \"../x\" is no name of a "
       "plugin: use "
       "at most 64 of a-z, 0-9, '-' and '_', no path"},
      {"a place beside a plugin",
       service_yaml("a", "external", "  external: {host: h, port: 1, plugin: {name: x}}\n"),
       "m.yaml:8: AuthenticationService default/a: spec.external.host: stands beside plugin: name a plugin, "
       "or the "
       "host and port that the relay asks"},
      {"a realm that is none", service_yaml("a", "standard", "  realm: A\n"),
       "m.yaml:8: AuthenticationService default/a: spec.realm: realm \"A\" is no realm: use 1 to 253 of a-z, "
       "0-9, '.' "
       "and '-', beginning and ending with a letter or digit"},
      {"a realm that users wait in", service_yaml("a", "standard", "  realm: s.ns.waiting.invalid\n"),
       "m.yaml:8: AuthenticationService default/a: spec.realm: names under .invalid are reserved: choose "
       "another realm"},
      {"a file that is not UTF-8", "kind: caf\xe9\n", "m.yaml:1: not UTF-8 text: save the file as UTF-8"},
  };
  for (const auto& c : cases) EXPECT_EQ(fault(c.yaml), c.fault) << c.behaviour;
}

TEST_F(Faults, of_users) {
  const std::string here = ": MessagingUser default/shop.alice: ";
  const struct {
    const char* behaviour;
    std::string yaml;
    std::string fault;
  } cases[] = {
      {"a name without a dot", user_yaml("a", "alice", "alice"),
       "m.yaml:6: MessagingUser a/alice: metadata.name: \"alice\" does not name its address space: use "
       "ADDRESSSPACE.USER, the address space in at most 63 of a-z, 0-9 and '-', beginning with a letter"},
      {"an address space that can be none", user_yaml("a", "1.alice", "alice"),
       "m.yaml:6: MessagingUser a/1.alice: metadata.name: \"1.alice\" does not name its address space: use "
       "ADDRESSSPACE.USER, the address space in at most 63 of a-z, 0-9 and '-', beginning with a letter"},
      {"a username that is none", user("  username: Alice!\n  authentication: {type: federated}\n"),
       "m.yaml:5" + here +
           "spec.username: username \"Alice!\" is no username: use 1 to 256 of a-z, 0-9, '_', '@', '.', "
           "':' and '-', beginning and ending with a letter or digit"},
      {"a service account under another name",
       user("  username: alice\n  authentication: {type: serviceaccount}\n"),
       "m.yaml:5" + here +
           "spec.username: a service account logs in as system:serviceaccount:NAMESPACE:NAME: use that "
           "name"},
      {"neither password nor credentials", secret("provider: x"),
       "m.yaml:6" + here +
           "spec.authentication.password: a user of type password needs a password (base64) or "
           "credentials (`doorward verifier` makes them)"},
      {"both",
       secret("password: cGVuY2ls\n    credentials: "
              "[SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92QSXCRA==$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
              "D+CSWLOshSulAsxiupA+qs2/fTE=]"),
       "m.yaml:9" + here + "spec.authentication.credentials: give a password or credentials, not both"},
      {"a password that is not base64", secret("password: pencil!"),
       "m.yaml:8" + here +
           "spec.authentication.password: is not base64: encode it with `printf %s PASSWORD | base64`"},
      {"a password that is not quite base64", secret("password: cGVuY2l"),
       "m.yaml:8" + here +
           "spec.authentication.password: is not base64: encode it with `printf %s PASSWORD | base64`"},
      {"a password in plain text that happens to be base64", secret("password: hunter22"),
       "m.yaml:8" + here +
           "spec.authentication.password: is not the base64 of UTF-8 text, so no client could send it: "
           "encode the password with `printf %s PASSWORD | base64`"},
      {"an empty password", secret("password: ''"),
       "m.yaml:8" + here + "spec.authentication.password: is empty: choose a password"},
      {"a password with a NUL", secret("password: YQBi"),
       "m.yaml:8" + here + "spec.authentication.password: contains a NUL, which no client can send"},
      {"a password of 1,025 bytes", secret("password: " + base64_encode(std::string(1'025, 'x'))),
       "m.yaml:8" + here + "spec.authentication.password: has more than 1024 bytes: choose a shorter one"},
      {"a password that is a number", secret("password: 12345678"),
       "m.yaml:8" + here + "spec.authentication.password: must be text, not a number: put it in quotes"},
      {"no verifier", secret("credentials: []"),
       "m.yaml:8" + here + "spec.authentication.credentials: name a verifier, or remove the field"},
      {"a password of a federated user",
       user("  username: alice\n  authentication: {type: federated, password: cGVuY2ls}\n"),
       "m.yaml:6" + here + "spec.authentication.password: only a user of type password has one: remove it"},
      {"an operation that does not exist", rule("addresses: [a], operations: [send, receive]"),
       "m.yaml:8" + here +
           "spec.authorization[0].operations[1]: \"receive\" is not supported: use \"send\", \"recv\", "
           "\"view\" or \"manage\""},
      {"send without addresses", rule("operations: [send]"),
       "m.yaml:8" + here + "spec.authorization[0].addresses: send and recv need addresses: name some"},
      {"recv with no address", rule("operations: [manage, recv], addresses: []"),
       "m.yaml:8" + here + "spec.authorization[0].addresses: send and recv need addresses: name some"},
      {"no operation", rule("addresses: [a]"),
       "m.yaml:8" + here + "spec.authorization[0].operations: is required"},
  };
  for (const auto& c : cases) EXPECT_EQ(fault(c.yaml), c.fault) << c.behaviour;
}

TEST_F(Faults, of_addresses_that_a_delegate_would_misread) {
  for (const std::string address : {"'a,*'", "\"a\\0b\"", "'${user}'", "''", "' a'", "\"a\\n\""}) {
    EXPECT_THAT(
        fault(rule("addresses: [ok, " + address + "], operations: [send]")),
        StartsWith("m.yaml:8: MessagingUser default/shop.alice: spec.authorization[0].addresses[1]: "))
        << address;
  }
  EXPECT_TRUE(apply(rule("addresses: [" + std::string(1'024, 'x') + "], operations: [send]")));
  EXPECT_THAT(fault(rule("addresses: [" + std::string(1'025, 'x') + "], operations: [send]")),
              HasSubstr("addresses[0]: "));
}

TEST_F(Faults, of_rules_that_fit_into_no_open) {
  const auto rules = [&](std::size_t count) {
    std::string addresses;
    for (std::size_t i = 0; i < count; ++i)
      addresses += (i == 0 ? "a" : ", a") + std::to_string(1'000'000 + i);
    return rule("operations: [send], addresses: [" + addresses + "]");
  };
  std::size_t most = 1;
  Authorization authorization;
  for (std::size_t i = 0; open_reply_bound(authorization, "alice") <= default_open_bytes; ++i) {
    authorization.addresses["a" + std::to_string(1'000'000 + i)] = {.send = true};
    most = i;
  }
  EXPECT_THAT(fault(rules(most + 1)),
              AllOf(StartsWith("m.yaml:7: MessagingUser default/shop.alice: spec.authorization: "),
                    HasSubstr("16384")));
  EXPECT_TRUE(apply(rules(most)));
  options_.settings.user.open_bytes = 1'000;
  EXPECT_THAT(fault(rules(most)), HasSubstr("1000"));
}

TEST_F(Faults, of_what_is_too_long_begin_behind_the_bound) {
  const auto annotated = [](std::size_t bytes) {
    return "apiVersion: admin.enmasse.io/v1beta1\nkind: StandardInfraConfig\nmetadata: {name: a, "
           "annotations: {n: " +
           std::string(bytes - 1, 'x') + "}}\nspec: {}\n";
  };
  EXPECT_TRUE(apply(annotated(256 * 1024)));
  EXPECT_EQ(fault(annotated(256 * 1024 + 1)),
            "m.yaml:3: StandardInfraConfig default/a: metadata.annotations: has 262145 bytes: use at most "
            "262144");
  EXPECT_TRUE(apply(secret("password: " + base64_encode(std::string(max_password_bytes, 'x')))));
  const auto labelled = [](std::size_t bytes) {
    return "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: a, labels: "
           "{n: " +
           std::string(bytes, 'x') + "}}\nspec: {type: none}\n";
  };
  EXPECT_TRUE(apply(labelled(63)));
  EXPECT_THAT(fault(labelled(64)), HasSubstr("no value for a label"));
}

TEST_F(Faults, of_verifiers_never_tell_what_they_are) {
  const std::string sha1 =
      "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92QSXCRA==$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
      "D+CSWLOshSulAsxiupA+qs2/fTE=";
  const std::string other_key =
      "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92QSXCRA==$D+CSWLOshSulAsxiupA+qs2/fTE=:"
      "6dlGYMOdZcOPutkcNY8U2g7vK9Y=";
  const std::string other_count =
      "SCRAM-SHA-1$4097:QSXCR+Q6sek8bf92QSXCRA==$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
      "D+CSWLOshSulAsxiupA+qs2/fTE=";
  const std::string place =
      "m.yaml:8: MessagingUser default/shop.alice: spec.authentication.credentials[1]: ";
  EXPECT_EQ(
      fault(secret("credentials: [" + sha1 + ", " + other_count + "]")),
      place +
          "at most two verifiers of one hash, and with one salt and count: make the second with `doorward "
          "verifier --like`");
  for (const std::string broken : {"hunter2",
                                   "SCRAM-SHA-1$4095:QSXCR+Q6sek8bf92QSXCRA==$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"
                                   "D+CSWLOshSulAsxiupA+qs2/fTE=",
                                   "SCRAM-SHA-224$4096:x$y:z"}) {
    EXPECT_THAT(fault(secret("credentials: [" + sha1 + ", '" + broken + "']")),
                AllOf(StartsWith(place), Not(HasSubstr("hunter2")), Not(HasSubstr("6dlGYM"))));
  }
  EXPECT_TRUE(apply(secret("credentials: [" + sha1 + ", " + other_key + "]"))) << "two live passwords";
}

TEST_F(Faults, of_secrets_never_tell_them) {
  const std::string yaml = secret("password: [hunter2]") + "---\n" +
                           secret("credentials: {hunter2: hunter2}") + "---\n" + secret("pasword: hunter2") +
                           "---\n" + secret("password: hunter2!") + "---\n" + secret("password: *hunter2");
  const auto result = apply(yaml);
  ASSERT_FALSE(result);
  EXPECT_GE(result.error().faults.size(), 5u);
  for (const auto& line : texts(result.error().faults)) {
    EXPECT_THAT(line, Not(HasSubstr("hunter2")));
  }
}

TEST_F(Faults, name_both_places_of_a_name_that_is_there_twice) {
  Reading reading = read_yaml(service_yaml("a"), "1.yaml");
  Reading second = read_yaml("\n" + service_yaml("a", "none") + service_yaml("b"), "2.yaml");
  std::ranges::move(second.documents, std::back_inserter(reading.documents));
  const auto result = resources::apply(*store_, std::move(reading), options_);
  ASSERT_FALSE(result);
  EXPECT_THAT(
      texts(result.error().faults),
      ElementsAre(
          "2.yaml:6: AuthenticationService default/a: metadata.name: is already in 1.yaml:2: remove one of "
          "them"));
}

TEST_F(Faults, come_all_at_once_by_file_and_line) {
  const std::string yaml = service_yaml("a", "some") + space_yaml("t", "x.y") +
                           user_yaml("t", "s.a", "same") + user_yaml("t", "s.b", "same") + "---\nkind: X\n" +
                           service_yaml("b", "none", "  nome: {}\n");
  const auto result = apply(yaml);
  ASSERT_FALSE(result);
  EXPECT_THAT(
      texts(result.error().faults),
      ElementsAre(StartsWith("m.yaml:7: AuthenticationService default/a: spec.type: "),
                  StartsWith("m.yaml:13: AddressSpace t/x.y: metadata.name: "),
                  StartsWith("m.yaml:38: MessagingUser t/s.b: spec.username: \"same\" is the username of "
                             "MessagingUser t/s.a"),
                  StartsWith("m.yaml:46: apiVersion: is required"),
                  StartsWith("m.yaml:54: AuthenticationService default/b: spec.nome: unknown field")));
  EXPECT_EQ(version(), 0u);
}

TEST_F(Faults, of_one_realm_for_two_spaces_say_who_has_it) {
  EXPECT_EQ(fault(space_yaml("a", "b-c") + space_yaml("a-b", "c")),
            "m.yaml:15: AddressSpace a-b/c: metadata.name: the realm \"a-b-c\" is that of AddressSpace "
            "a/b-c: name another "
            "one with the annotation enmasse.io/realm-name");
  ASSERT_TRUE(apply(space_yaml("a-b", "c")));
  EXPECT_EQ(fault(space_yaml("a", "b-c") + space_yaml("a-b", "c")),
            "m.yaml:6: AddressSpace a/b-c: metadata.name: the realm \"a-b-c\" is that of AddressSpace a-b/c: "
            "name another "
            "one with the annotation enmasse.io/realm-name")
      << "whoever has it keeps it";
}

}  // namespace
}  // namespace doorward::resources
