"""AMQP clients that this project did not write log in to the real `doorward serve`, and are refused.

One process serves a realm of a standard and a realm of a none service, on the listeners that wire-level clients need:
one for everybody, one that stands for each realm, one that stands for the none service, and two that speak TLS, of which
one learns the realm from SNI. Each class below is one client and one test of ctest; a client that cannot be had here is
skipped, unless DOORWARD_REQUIRE_ALL is set.
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

import clients

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from served import Served, ServedTest, service, space, user  # noqa: E402

SHOP, LAB = "team1-shop", "team1-lab"
RIGHT, WRONG = "wonder land", "Wonder land"
LISTENERS = ["everybody", SHOP, LAB, "open", "tls", "tls of the lab"]
CONFIG = """
amqp:
  listeners:
  - address: 127.0.0.1:0
  - {address: "127.0.0.1:0", realm: team1-shop}
  - {address: "127.0.0.1:0", realm: team1-lab}
  - {address: "127.0.0.1:0", authenticationService: enmasse-infra/open}
  - {address: "127.0.0.1:0", tls: true}
  - {address: "127.0.0.1:0", tls: true, realm: team1-lab}
tls: {certificate: %(folder)s/tls.crt, key: %(folder)s/tls.key}
"""


class ClientTest(ServedTest):
    made_by = None
    mechanisms = ["PLAIN"]
    # Whether the client asks for ADDRESS-AUTHZ, and whether its sasl-init names the realm: one that does not needs a
    # listener that stands for the realm, or SNI.
    desires_authorization = True
    names_realm = True

    @classmethod
    def setUpClass(cls):
        if cls.made_by is None:
            raise unittest.SkipTest("not a client")
        cls.command = [str(word) for word in clients.had(cls.made_by)]

    def setUp(self):
        super().setUp()
        self.write("all.yaml", "---".join([service(), service("open", "none"), space(),
                                           space("lab", service="open"), user("alice", RIGHT)]))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=doorward", "-addext", f"subjectAltName=DNS:{SHOP},DNS:{LAB}",
                        "-keyout", "tls.key", "-out", "tls.crt"], cwd=self.folder, check=True, capture_output=True)
        config = self.folder / "doorward.yaml"
        config.write_text(CONFIG % {"folder": self.folder})
        served = Served("--config", config, "--data-dir", self.data, "--resources", self.resources, "--threads", "2")
        self.running.append(served)
        listening, _ = served.wait_for(r" listening (.*)")
        self.ports = dict(zip(LISTENERS, re.findall(r":(\d+)", listening.group(1)), strict=True))

    def login(self, realm, mechanism, password=RIGHT, username="alice", listener="everybody"):
        if not self.names_realm and listener == "everybody":
            listener = realm
        trust = [str(self.folder / "tls.crt")] if listener.startswith("tls") else []
        asked = subprocess.run([*self.command, "127.0.0.1", self.ports[listener], realm, mechanism, username, password,
                                *trust], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(0, asked.returncode, asked.stderr)
        return json.loads(asked.stdout)

    def assert_alice(self, answer):
        self.assertTrue(answer["ok"], answer)
        self.assertEqual({"sub": "alice", "preferred_username": "alice"}, answer["identity"])
        self.assertEqual([], answer["groups"] or [])
        self.assertTrue(answer["closed"], answer)
        if self.desires_authorization:
            self.assertEqual(["orders/*"], list(answer["addressAuthz"]))
            self.assertEqual({"send", "recv"}, set(answer["addressAuthz"]["orders/*"]))
        else:
            self.assertIsNone(answer["addressAuthz"])

    def assert_everything(self, answer, name):
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(name, answer["identity"]["sub"])
        self.assertEqual(["manage"], answer["groups"])
        self.assertIsNone(answer.get("addressAuthz"), answer)
        self.assertTrue(answer["closed"], answer)

    def assert_refused(self, answer):
        self.assertFalse(answer["ok"], answer)
        self.assertFalse(answer.get("identity"), answer)
        self.assertTrue(answer["error"])

    def test_logins(self):
        for mechanism in self.mechanisms:
            with self.subTest(f"{mechanism}, the right password"):
                self.assert_alice(self.login(SHOP, mechanism))
            with self.subTest(f"{mechanism}, a wrong password"):
                self.assert_refused(self.login(SHOP, mechanism, WRONG))
            with self.subTest(f"{mechanism}, a user that is not there"):
                self.assert_refused(self.login(SHOP, mechanism, username="mallory"))
        with self.subTest("ANONYMOUS to a standard realm"):
            self.assert_refused(self.login(SHOP, "ANONYMOUS"))
        with self.subTest("ANONYMOUS to a none realm"):
            self.assert_everything(self.login(LAB, "ANONYMOUS"), "anonymous")
        with self.subTest("PLAIN to a none realm, any password"):
            self.assert_everything(self.login(LAB, "PLAIN", WRONG), "alice")


class DefaultsTest(ClientTest):
    """A client that is told no mechanism takes the strongest that is offered to it."""
    standard_listeners = [SHOP, "everybody"]
    none_listeners = [LAB, "open"]
    called = "alice"  # in a none realm, which takes the name that the mechanism of the client's choice gives

    def test_default_settings(self):
        for listener in self.standard_listeners:
            with self.subTest(f"standard realm, listener {listener}"):
                self.assert_alice(self.login(SHOP, "default", listener=listener))
                self.assert_refused(self.login(SHOP, "default", WRONG, listener=listener))
        for listener in self.none_listeners:
            with self.subTest(f"none realm, listener {listener}"):
                self.assert_everything(self.login(LAB, "default", listener=listener), self.called)


class ProtonTest(DefaultsTest):
    """Proton says the realm in `open` and as SNI; the hostname of its sasl-init stays empty. Where it may choose and
    no SCRAM is offered, its Cyrus SASL takes EXTERNAL, which gives no name, and which it can do over TLS only.
    """
    made_by = staticmethod(clients.proton)
    mechanisms = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    names_realm = False
    standard_listeners = [SHOP, "tls"]
    none_listeners = ["tls", "tls of the lab"]
    called = "anonymous"


class JmsTest(DefaultsTest):
    """Java sends no SNI without a dot in it, so a realm's name cannot reach the TLS listener."""
    made_by = staticmethod(clients.jms)
    mechanisms = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    desires_authorization = False


class RheaTest(ClientTest):
    made_by = staticmethod(clients.rhea)


class GoAmqpTest(ClientTest):
    made_by = staticmethod(clients.go_amqp)
    desires_authorization = False
    names_realm = False


class Fe2o3AmqpTest(ClientTest):
    made_by = staticmethod(clients.fe2o3_amqp)


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    if result.skipped and result.wasSuccessful():
        print(f"skipped: {result.skipped[-1][1]}")
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
