"""`doorward sync` and `doorward explain` as a pipeline calls them: against a server, by its kubeconfig."""
import base64
import json
import os
import re
import shutil
import subprocess
import unittest

import served
from served import DOORWARD, PATIENCE, PLAN, REALM, ServedTest, service, space


def user(name, password):
    """With rules that all delegates read alike, so that nobody is warned of them."""
    return served.user(name, password).replace("orders/*", "orders")


EVERYTHING = service() + space() + PLAN + user("alice", "wonderland")


def encoded(password):
    return base64.b64encode(password.encode()).decode()


class SyncTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.served = self.serve("--https", "127.0.0.1:0", resources=False)

    def call(self, command, *arguments, stdin=None):
        """Exit code, output and error."""
        done = subprocess.run([DOORWARD, command, *map(str, arguments), "--kubeconfig", self.data / "admin.kubeconfig"],
                              input=stdin, text=True, capture_output=True, timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def sync(self, *arguments, stdin=None):
        return self.call("sync", *arguments, stdin=stdin)

    def logs_in(self, name, password, mechanism="SCRAM-SHA-256"):
        done = subprocess.run([DOORWARD, "login", "--host", self.served.addresses["amqp"], "--realm", REALM, "--user",
                               name, "--mechanism", mechanism], input=password + "\n", text=True, capture_output=True,
                              timeout=PATIENCE)
        return done.returncode == 0

    def test_a_directory_is_applied_and_applied_again_without_a_change(self):
        self.write("all.yaml", EVERYTHING)
        code, out, error = self.sync(self.resources)
        self.assertEqual((1, ""), (code, error))
        self.assertIn("created MessagingUser team1/shop.alice\n", out)
        self.assertIn("6 created, 0 changed, 0 pruned, 0 unchanged\n", out)
        self.assertTrue(self.logs_in("alice", "wonderland"))
        self.assertEqual((0, "0 created, 0 changed, 0 pruned, 6 unchanged\n", ""), self.sync(self.resources))

    def test_what_was_synced_without_a_name_is_taken_over_by_force_once(self):
        self.assertEqual(1, self.sync("-", stdin=EVERYTHING)[0])
        code, out, error = self.sync("-", "--set", "team1", stdin=EVERYTHING)
        self.assertEqual((2, "0 created, 0 changed, 0 pruned, 0 unchanged, 6 failed\n"), (code, out))
        self.assertEqual(6, error.count("to take over what was synced without --set, use --force-conflicts once"))
        self.assertEqual(1, self.sync("-", "--set", "team1", "--force-conflicts", stdin=EVERYTHING)[0])
        self.assertEqual(0, self.sync("-", "--set", "team1", stdin=EVERYTHING)[0])

    def test_a_file_is_applied_whatever_its_name_is(self):
        manifests = self.folder / "manifests.txt"
        manifests.write_text(EVERYTHING)
        self.assertIn("6 created", self.sync(manifests)[1])
        self.assertEqual((0, "0 created, 0 changed, 0 pruned, 6 unchanged\n", ""), self.sync(manifests))

    def test_the_kubeconfig_of_the_environment_counts_where_none_is_named(self):
        self.assertEqual(1, self.sync("-", stdin=EVERYTHING)[0])
        asks = ["explain", "--space", "team1/shop", "--user", "alice", "--operation", "send", "--address", "orders"]
        there, gone = self.data / "admin.kubeconfig", self.folder / "gone"
        for variable, code in [(there, 0), (f"{gone}::{there}", 0), (gone, 2), ("", 2)]:
            with self.subTest(variable):
                done = subprocess.run([DOORWARD, *asks], env={**os.environ, "KUBECONFIG": str(variable)}, text=True,
                                      capture_output=True, timeout=PATIENCE, cwd=self.folder)
                self.assertEqual(code, done.returncode, done.stderr)
                self.assertIn({0: "", 2: str(variable) or "doorward-data/admin.kubeconfig"}[code], done.stderr)

    def test_a_dry_run_shows_the_difference_without_a_secret_and_changes_nothing(self):
        self.assertEqual(1, self.sync("-", stdin=EVERYTHING)[0])
        changed = EVERYTHING.replace("orders", "invoices") + user("bob", "carpenter")
        changed = changed.replace(encoded("wonderland"), encoded("cheshire-cat"))
        code, out, error = self.sync("-", "--dry-run", stdin=changed)
        self.assertEqual((1, ""), (code, error))
        self.assertIn('  - spec.authorization[0].addresses[0]: "orders"\n'
                      '  + spec.authorization[0].addresses[0]: "invoices"\n', out)
        self.assertIn("~ spec.authentication: the secret differs", out)
        self.assertIn('+ spec.username: "bob"', out)
        for secret in ["carpenter", "cheshire", encoded("carpenter"), encoded("cheshire-cat")]:
            self.assertNotIn(secret, out)
        self.assertTrue(self.logs_in("alice", "wonderland"))
        self.assertEqual(0, self.sync("-", "--dry-run", stdin=EVERYTHING)[0])

    def test_prune_deletes_what_is_gone_from_the_directory(self):
        self.write("all.yaml", EVERYTHING)
        self.write("bob.yaml", user("bob", "carpenter"))
        team = [self.resources, "--set", "team1"]
        self.assertEqual(1, self.sync(*team)[0])
        (self.resources / "bob.yaml").unlink()
        self.assertEqual(0, self.sync(*team)[0])
        code, out, error = self.sync(self.resources, "--prune")
        self.assertEqual((2, ""), (code, out))
        self.assertIn("name the set by --set", error)
        self.assertTrue(self.logs_in("bob", "carpenter"))
        code, out, error = self.sync(*team, "--prune")
        self.assertEqual((1, ""), (code, error))
        self.assertIn("pruned MessagingUser team1/shop.bob\n", out)
        self.assertFalse(self.logs_in("bob", "carpenter"))
        (self.resources / "all.yaml").unlink()
        code, out, error = self.sync(*team, "--prune")
        self.assertEqual((2, ""), (code, out))
        self.assertIn("would delete everything", error)
        self.assertTrue(self.logs_in("alice", "wonderland"))

    def test_what_is_wrong_is_said_with_its_place_and_nothing_is_asked(self):
        self.write("bad.yaml", EVERYTHING.replace("type: standard\n  plan", "type: sideways\n  plan"))
        code, out, error = self.sync(self.resources)
        self.assertEqual((2, ""), (code, out))
        self.assertRegex(error, r"bad.yaml:\d+: AddressSpace team1/shop: spec.type: ")
        self.assertEqual(2, self.sync(self.folder / "nowhere")[0])
        self.assertEqual(2, self.sync(self.resources, "--set", "a b")[0])

    def test_without_a_server_it_says_so(self):
        self.served.stop()
        code, out, error = self.sync("-", stdin=EVERYTHING)
        self.assertEqual((2, ""), (code, out))
        self.assertIn("is `doorward serve --https` running there?", error)

    def test_a_server_with_another_certificate_is_not_talked_to(self):
        config = self.data / "admin.kubeconfig"
        lines = config.read_text().splitlines(keepends=True)
        kept = [line for line in lines if "certificate-authority-data" not in line]
        self.assertEqual(len(lines) - 1, len(kept))
        config.write_text("".join(kept))
        code, _, error = self.sync("-", stdin=EVERYTHING)
        self.assertEqual(2, code)
        self.assertIn("the certificate is not one that the kubeconfig trusts", error)

    def test_an_export_rebuilds_an_instance_with_the_same_logins(self):
        self.assertEqual(1, self.sync("-", stdin=EVERYTHING)[0])
        code, exported, error = self.call("export")
        self.assertEqual((0, ""), (code, error))
        self.assertNotIn(encoded("wonderland"), exported)
        self.served.stop()
        shutil.rmtree(self.data)

        # By sync into an empty instance,
        self.served = self.serve("--https", "127.0.0.1:0", resources=False)
        code, out, error = self.sync("-", stdin=exported)
        self.assertEqual((1, ""), (code, error))
        self.assertIn("6 created", out)
        for mechanism in ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]:
            self.assertTrue(self.logs_in("alice", "wonderland", mechanism), mechanism)
            self.assertFalse(self.logs_in("alice", "Wonderland", mechanism), mechanism)
        self.assertEqual(0, self.sync("-", stdin=exported)[0])
        self.assertEqual((0, exported, ""), self.call("export"))
        self.served.stop()
        shutil.rmtree(self.data)

        # and as a folder of resources.
        self.write("exported.yaml", exported)
        self.served = self.serve("--https", "127.0.0.1:0")
        for mechanism in ["PLAIN", "SCRAM-SHA-256"]:
            self.assertTrue(self.logs_in("alice", "wonderland", mechanism), mechanism)
        self.assertEqual((0, exported, ""), self.call("export"))

    def test_an_export_of_more_users_than_its_plan_allows_is_applied_and_the_last_ones_wait(self):
        bounded = EVERYTHING.replace("broker: 1.0", "messaging-users: 2") + user("bob", "carpenter")
        self.assertEqual(1, self.sync("-", stdin=bounded)[0])
        self.assertEqual(1, self.sync("-", stdin=PLAN.replace("broker: 1.0", "messaging-users: 1"))[0])
        self.assertTrue(self.logs_in("bob", "carpenter"), "a limit that shrinks locks nobody out")
        exported = self.call("export")[1]
        self.served.stop()
        shutil.rmtree(self.data)

        self.served = self.serve("--https", "127.0.0.1:0", resources=False)
        code, out, error = self.sync("-", stdin=exported)
        self.assertEqual(1, code)
        self.assertIn("7 created", out)
        waits = re.search(r"MessagingUser team1/shop.(\w+): warning: the user is Pending: AddressSpacePlan \"small\" allows "
                          r"1 users \(messaging-users\) for each address space, and team1/shop would have 2\n", error)
        self.assertTrue(waits, error)
        # Several are under way at a time, so either may have come first.
        self.assertEqual(waits.group(1) != "alice", self.logs_in("alice", "wonderland"))
        self.assertEqual(waits.group(1) != "bob", self.logs_in("bob", "carpenter"))
        self.assertEqual((0, exported, ""), self.call("export"))
        self.assertEqual(0, self.sync("-", stdin=exported)[0])
        self.served.stop()
        shutil.rmtree(self.data)

        self.write("exported.yaml", exported)
        self.served = self.serve("--https", "127.0.0.1:0")
        self.served.wait_for("warning user is not active user=team1/shop.bob message=.*allows 1 users")
        self.assertTrue(self.logs_in("alice", "wonderland"))
        self.assertFalse(self.logs_in("bob", "carpenter"))
        self.write("exported.yaml", exported.replace("messaging-users: 1", "messaging-users: 2"))
        self.served.wait_for("info user is active user=team1/shop.bob")
        self.assertTrue(self.logs_in("bob", "carpenter"))

    def test_what_a_namespace_has_no_room_for_is_said_and_the_rest_is_applied(self):
        self.served.stop()
        config = self.data.with_name("small.yaml")
        config.write_text("limits: {objectsPerNamespace: 1, membersPerNamespace: 1}\n")
        self.served = self.serve("--https", "127.0.0.1:0", "--config", config, resources=False)
        code, out, error = self.sync("-", stdin=EVERYTHING + space("other") + user("bob", "carpenter"))
        self.assertEqual(2, code, error)
        self.assertIn("6 created, 0 changed, 0 pruned, 0 unchanged, 2 failed\n", out)
        for setting, kind in [("objectsPerNamespace", "addressspaces.enmasse.io"),
                              ("membersPerNamespace", "messagingusers.user.enmasse.io")]:
            self.assertIn(f"exceeded quota: limits.{setting}, requested: count/{kind}=1, used: count/{kind}=1", error)

    def explain(self, *arguments):
        return self.call("explain", "--space", "team1/shop", "--user", "alice", *arguments)

    def test_explain_says_what_each_delegate_makes_of_a_rule(self):
        self.assertEqual(1, self.sync("-", stdin=EVERYTHING)[0])
        code, out, error = self.explain("--operation", "send", "--address", "orders")
        self.assertEqual((0, ""), (code, error))
        self.assertRegex(out, r"^yes: .*\n  router: yes: .*\n  broker: yes: ")
        code, out, _ = self.explain("--operation", "send", "--address", "invoices")
        self.assertEqual(1, code)
        self.assertTrue(out.startswith("no: "), out)
        code, out, _ = self.explain("--operation", "recv", "--address", "orders", "-o", "json")
        status = json.loads(out)
        self.assertEqual((0, True, "spec.authorization[0]"), (code, status["allowed"], status["delegates"][0]["rule"]))
        code, out, error = self.explain("--operation", "send")
        self.assertEqual((2, ""), (code, out))
        self.assertIn("spec.address", error)
        code, _, error = self.sync("-", stdin=EVERYTHING.replace('"orders"', '"orders/*"'))
        self.assertEqual(1, code)
        self.assertIn('warning: address "orders/*": a broker reads it as "orders" itself, too', error)
        code, out, _ = self.explain("--operation", "send", "--address", "orders")
        self.assertEqual(1, code)
        self.assertRegex(out, r'\n  router: no: .*\n  broker: yes: .*\nwarning: address "orders/\*": a broker reads')
        self.assertEqual(2, self.call("explain", "--space", "shop", "--user", "alice", "--operation", "manage")[0])


if __name__ == "__main__":
    unittest.main()
