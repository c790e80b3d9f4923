"""External services as an operator has them: a plugin in the folder, a service that names it, its health in statuses
and in the log; and what a plugin that misbehaves costs its own logins, and nobody else's."""
import json
import subprocess
import unittest

from delegate import Delegate, Refused, login
from served import DOORWARD, PATIENCE, ServedTest, service, space, user

BRIDGED = """
---
apiVersion: admin.enmasse.io/v1beta1
kind: AuthenticationService
metadata: {{name: bridged, namespace: enmasse-infra}}
spec:
  type: external
  external: {external}
"""
# In the space `away`, whose realm is `team1-away`.
ANN = """
---
apiVersion: user.enmasse.io/v1beta1
kind: MessagingUser
metadata: {name: away.ann, namespace: team1}
spec:
  username: ann
  authentication: {type: federated, provider: bridged, federatedUsername: Ann}
  authorization:
  - {addresses: [stored], operations: [recv]}
"""


def bridged(external):
    return BRIDGED.format(external=json.dumps(external)) + space("away", service="bridged") + ANN


class ExternalTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.secrets = self.folder / "secrets"
        self.passwords = self.secrets / "enmasse-infra" / "passwords"
        self.passwords.mkdir(parents=True)

    def write_passwords(self, *lines):
        hashed = subprocess.run(["openssl", "passwd", "-6", "pencil"], check=True, capture_output=True, text=True)
        (self.passwords / "users").write_text("".join(f"{line.format(hashed.stdout.strip())}\n" for line in lines))

    def serve_external(self, external, more=""):
        self.write("all.yaml", more + bridged(external))
        return self.serve("--secrets", self.secrets)

    def refused(self, *arguments):
        with self.assertRaises(Refused) as caught:
            login(*arguments)
        return str(caught.exception)

    def test_a_bridge_verifies_passwords_and_gives_rights(self):
        self.write_passwords("zoe:{}:orders* invoices", "Ann:{}", "carl:{}")
        served = self.serve_external({"plugin": {"name": "example"}})
        amqp = served.addresses["amqp"]
        zoe = login(amqp, "PLAIN", "team1-away", "zoe", "pencil")
        self.assertEqual("zoe", zoe["authenticated-identity"]["sub"])
        self.assertEqual({"orders*": ["send", "recv"], "invoices": ["send", "recv"]}, zoe["address-authz"])
        ann = login(amqp, "PLAIN", "team1-away", "Ann", "pencil")
        self.assertEqual("ann", ann["authenticated-identity"]["sub"])
        self.assertEqual({"stored": ["recv"]}, ann["address-authz"])
        for name, password in [("zoe", "pencil "), ("nobody", "pencil"), ("carl", "pencil")]:
            self.assertEqual("auth", self.refused(amqp, "PLAIN", "team1-away", name, password))
        with Delegate(amqp) as delegate:
            self.assertEqual(["PLAIN"], delegate.mechanisms())

    def test_a_bridge_that_goes_down_takes_its_space_and_no_other(self):
        self.write_passwords("zoe:{}:orders")
        served = self.serve_external({"plugin": {"name": "example"}}, service() + space() + user("bob", "x"))
        amqp = served.addresses["amqp"]
        self.assertTrue(login(amqp, "PLAIN", "team1-away", "zoe", "pencil"))
        (self.passwords / "users").rename(self.passwords / "moved")
        _, line = served.wait_for("bridge is down .*no file `users` that can be read")
        self.assertEqual("sys-temp", self.refused(amqp, "PLAIN", "team1-away", "zoe", "pencil"))
        self.assertTrue(login(amqp, "SCRAM-SHA-256", "team1-shop", "bob", "x"))
        (self.passwords / "moved").rename(self.passwords / "users")
        served.wait_for("bridge is up", line)
        self.assertTrue(login(amqp, "PLAIN", "team1-away", "zoe", "pencil"))

    def test_a_plugin_that_is_not_there_or_of_another_version_is_told_in_the_log(self):
        for name, why in [("nowhere", "there is no plugin"), ("broken_abi", "speaks version 99")]:
            served = self.serve_external({"plugin": {"name": name}})
            served.wait_for(f"bridge is down .*{why}")
            served.wait_for(f"address space is not ready .*team1/away.*{why}")
            self.assertEqual("sys-temp", self.refused(served.addresses["amqp"], "PLAIN", "team1-away", "zoe", "x"))
            self.assertEqual("sys-temp", self.refused(served.addresses["amqp"], "SCRAM-SHA-256", "team1-away", "zoe", "x"))
            with Delegate(served.addresses["amqp"]) as delegate:
                self.assertEqual(["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"], delegate.mechanisms(),
                                 "AMQP forbids an empty offer")
            served.stop()

    def test_a_plugin_that_never_answers_holds_up_its_own_logins_only(self):
        self.hold_up("never")

    def test_a_plugin_that_blocks_for_good_holds_up_its_own_logins_only(self):
        self.hold_up("block")

    def hold_up(self, how):
        served = self.serve_external({"plugin": {"name": "broken", "config": {"break": how}}, "timeoutSeconds": 1},
                                     service() + space() + user("bob", "x"))
        amqp = served.addresses["amqp"]
        waiting = [Delegate(amqp) for _ in range(20)]
        for delegate in waiting:
            self.addCleanup(delegate.socket.close)
            delegate.mechanisms()
            delegate.begin("PLAIN", b"\0zoe\0x", "team1-away")
        self.assertTrue(login(amqp, "SCRAM-SHA-256", "team1-shop", "bob", "x"))
        for delegate in waiting:
            self.assertEqual(4, delegate.read_frame()[1][0], "sys-temp")
        self.assertEqual(0, served.stop())

    def test_a_service_can_be_given_another_plugin_while_logins_run(self):
        self.write_passwords("zoe:{}:orders")
        served = self.serve_external({"plugin": {"name": "nowhere"}})
        amqp = served.addresses["amqp"]
        self.assertEqual("sys-temp", self.refused(amqp, "PLAIN", "team1-away", "zoe", "pencil"))
        self.write("all.yaml", bridged({"plugin": {"name": "example"}}))
        served.wait_for("bridge is up")
        self.assertTrue(login(amqp, "PLAIN", "team1-away", "zoe", "pencil"))

    def test_faults_in_a_service_are_told(self):
        for external, fault in [({}, "name the host and port"), ({"host": "h"}, "port: is required"),
                                ({"host": "h", "port": 1, "plugin": {"name": "x"}}, "stands beside plugin"),
                                ({"plugin": {"name": "../x"}}, "is no name of a plugin"),
                                ({"plugin": {"name": "x", "config": 7}}, "must be an object"),
                                ({"plugin": {"name": "x"}, "threads": 0}, "must be from 1 to 256"),
                                ({"plugin": {"name": "x"}, "timeoutSeconds": 61}, "must be from 1 to 60")]:
            self.write("all.yaml", bridged(external))
            refused = self.start()
            self.assertEqual(2, refused.wait(), external)
            self.assertIn(fault, refused.log)

    def check(self, plugin, config=None, *flags):
        file = self.folder / "config.json"
        file.write_text(json.dumps(config or {}, separators=(",", ":")))
        path = DOORWARD.rpartition("/")[0] + f"/plugins/{plugin}.so"
        return subprocess.run([DOORWARD, "plugin", "check", path, "--config", file, *flags], capture_output=True,
                              text=True, timeout=PATIENCE)

    def test_plugin_check_says_what_is_wrong(self):
        good = self.check("broken")
        self.assertEqual(0, good.returncode, good.stdout)
        self.assertIn("the plugin keeps to the rules", good.stdout)
        twice = self.check("broken", {"break": "twice"})
        self.assertEqual(1, twice.returncode)
        self.assertIn("FAULT  it answers each call once", twice.stdout)
        crash = self.check("broken", {"break": "x-crash"})
        self.assertEqual(1, crash.returncode, crash.stdout)
        self.assertIn("ok     it lets nobody in who proved nothing, by passwords\n", crash.stdout)
        self.assertIn("FAULT  it does not end the process: while nonsense was exchanged by X-BROKEN it ended ", crash.stdout)
        version = self.check("broken_abi")
        self.assertEqual(1, version.returncode)
        self.assertIn("speaks version 99 of the plugin ABI", version.stdout)


if __name__ == "__main__":
    unittest.main()
