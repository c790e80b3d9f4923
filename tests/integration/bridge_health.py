"""What a bridge that goes down does to its own address space, and to no other: the same for relay, ldap, oauth and
cyrus."""
import base64
import http.client
import json
import re
import ssl

from delegate import Delegate, Refused, login
from external_test import bridged
from served import PATIENCE, PLAN, Served, ServedTest, service, space, user

CONFIG = """
amqp:
  listeners:
  - {address: "127.0.0.1:0", realm: team1-away}
  - {address: "127.0.0.1:0", realm: team1-shop}
https: {address: "127.0.0.1:0"}
"""
STANDARD = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]


class BridgeHealthTest(ServedTest):
    """`away` leans on a bridge, `shop` does not; each has a listener of its own."""

    environment = None  # of the server; None: the test's own

    def serve_both(self, external):
        self.write("all.yaml", PLAN + "---" + service() + space() + user("bob", "x") + bridged(external))
        config = self.folder / "doorward.yaml"
        config.write_text(CONFIG)
        self.running.append(Served("--config", config, "--data-dir", self.data, "--resources", self.resources,
                                   "--secrets", self.secrets, "--threads", "2", env=self.environment))
        self.served = self.running[-1].wait_until_listening()
        found, _ = self.served.wait_for(r" listening amqp=([^ ,]+),(\S+)")
        self.away, self.shop = found.groups()

    def offered(self, address):
        with Delegate(address) as delegate:
            return delegate.mechanisms()

    def object(self, kind, namespace, name):
        """As the REST API has it."""
        kubeconfig = (self.data / "admin.kubeconfig").read_text()
        authority, token = (re.search(f"{field}: (.*)", kubeconfig).group(1)
                            for field in ["certificate-authority-data", "token"])
        context = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
        host, _, port = self.served.addresses["https"].rpartition(":")
        connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=PATIENCE)
        try:
            group = "admin.enmasse.io" if kind == "authenticationservices" else "enmasse.io"
            connection.request("GET", f"/apis/{group}/v1beta1/namespaces/{namespace}/{kind}/{name}",
                               headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            self.assertEqual(200, answer.status, body)
            return body
        finally:
            connection.close()

    def check_goes_down_and_comes_back(self, external, mechanisms, log_in, down, reason, up):
        """`log_in` is a login at the bridge, at an address; `down` and `up` are what happens to whom it asks."""
        self.serve_both(external)
        self.assertEqual(mechanisms, self.offered(self.away), "what the bridge can do, and nothing else")
        self.assertEqual(STANDARD, self.offered(self.shop), "what the service can do, and nothing of the bridge")
        log_in(self.away)
        away, shop = (self.object("addressspaces", "team1", name) for name in ["away", "shop"])
        self.assertEqual((True, "Active"), (away["status"]["isReady"], away["status"]["phase"]))
        self.assertTrue(shop["status"]["isReady"])
        before = self.object("authenticationservices", "enmasse-infra", "bridged")["status"]
        self.assertEqual({"phase": "Active", "mechanisms": mechanisms}, before)

        down()
        _, line = self.served.wait_for(f"bridge is down .*{reason}")
        status = self.object("addressspaces", "team1", "away")["status"]
        self.assertEqual((False, "Pending"), (status["isReady"], status["phase"]))
        self.assertRegex(status["messages"][0], f"enmasse-infra/bridged does not answer: logins end with sys-temp .*{reason}")
        status = self.object("authenticationservices", "enmasse-infra", "bridged")["status"]
        self.assertEqual("Pending", status["phase"])
        self.assertRegex(status["message"], reason)
        with self.assertRaisesRegex(Refused, "^sys-temp$"):
            log_in(self.away)
        self.assertTrue(login(self.shop, "SCRAM-SHA-256", "team1-shop", "bob", "x"))
        self.assertEqual(STANDARD, self.offered(self.shop))

        up()
        self.served.wait_for("bridge is up", line)
        self.assertEqual(away["status"], self.object("addressspaces", "team1", "away")["status"])
        log_in(self.away)
        self.assertEqual(shop, self.object("addressspaces", "team1", "shop"), "nobody has touched it, in no version")
