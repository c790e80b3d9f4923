"""A real Prometheus scrapes a doorward that has all there is to do, with the rules that we ship: each expression of rules
and dashboards finds something there, and alerts fire from one end to the other.
"""
import http.client
import itertools
import json
import pathlib
import re
import ssl
import subprocess
import time
import unittest

import api_server
from api_server import ROBOT, ApiServer, authenticated, review
from delegate import Delegate, Refused, login
from external_test import bridged
from prometheus import Prometheus
from reviewed import ACCOUNT
from scraped import HealthServedTest
from served import PATIENCE, PLAN, REALM, service, space, user

DASHBOARDS = sorted((pathlib.Path(__file__).resolve().parents[2] / "deploy/grafana").glob("*.json"))
COMPARISON = r" (?:[<>]=?|[!=]=) [\d.]+(?: \* [\d.]+)?"
USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"


class BridgedTest(HealthServedTest):
    """A space whose service is a bridge, beside one with users of its own."""

    def setUp(self):
        super().setUp()
        self.passwords = self.folder / "secrets/enmasse-infra/passwords"
        self.passwords.mkdir(parents=True)
        hashed = subprocess.run(["openssl", "passwd", "-5", "pencil"], check=True, capture_output=True, text=True)
        (self.passwords / "users").write_text(f"zoe:{hashed.stdout.strip()}:orders\n")
        self.write("bridged.yaml", bridged({"plugin": {"name": "example"}}))

    def serve_bridged(self, *arguments):
        return self.serve_with_health("--secrets", self.folder / "secrets", *arguments).wait_until_listening()


class ExpressionsTest(BridgedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x") + PLAN + ACCOUNT.format(name=ROBOT))
        self.api = ApiServer(self.folder, answers={"good": review(authenticated(ROBOT)),
                                                   "broken": api_server.status(500)})
        self.addCleanup(self.api.stop)
        self.round = itertools.count()

    def serve_everything(self):
        certificate, key = self.folder / "tls.crt", self.folder / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "90", "-subj", "/CN=doorward", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        config = self.folder / "doorward.yaml"
        config.write_text(json.dumps({"tokenReview": {"server": self.api.url, "ca": str(self.api.ca)}}))
        served = self.serve_bridged("--config", config, "--amqps", "127.0.0.1:0", "--https", "127.0.0.1:0",
                                    "--tls-cert", certificate, "--tls-key", key, "--audit", self.folder / "audit.log")
        self.amqp, self.https = served.addresses["amqp"], served.addresses["https"]
        self.context = ssl.create_default_context(cafile=certificate)
        self.token = re.search("token: (.*)", (self.data / "admin.kubeconfig").read_text()).group(1)

    def request(self, method, path, body=None):
        """The answer, still to be read."""
        host, _, port = self.https.rpartition(":")
        connection = http.client.HTTPSConnection(host, int(port), context=self.context, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {"Authorization": f"Bearer {self.token}",
                                                "Content-Type": "application/json"})
        return connection.getresponse()

    def refused(self, *arguments):
        with self.assertRaises(Refused):
            login(self.amqp, *arguments)

    def load(self):
        """One of everything that can be counted."""
        login(self.amqp, "SCRAM-SHA-256", REALM, "alice", "x")
        self.refused("PLAIN", REALM, "alice", "wrong")
        with Delegate(self.amqp) as gone:
            gone.mechanisms()
            gone.begin("SCRAM-SHA-256", b"n,,n=alice,r=abc", REALM)
            gone.read_frame()
        login(self.amqp, "PLAIN", REALM, ROBOT, "good")
        self.refused("PLAIN", REALM, ROBOT, f"bad-{next(self.round)}")
        self.refused("PLAIN", REALM, ROBOT, "broken")
        login(self.amqp, "PLAIN", "team1-away", "zoe", "pencil")
        self.assertEqual(200, self.request("GET", USERS).status)
        self.assertEqual(422, self.request("POST", USERS, json.dumps(
            {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": "shop.bob"},
             "spec": {}})).status)

    def expressions(self, prometheus):
        """What is to find something: each query, and each side of an alert's condition, whether it is met or not."""
        for path in DASHBOARDS:
            for panel in json.loads(path.read_text())["panels"]:
                for target in panel["targets"]:
                    yield f"{path.name}: {panel['title']}", target["expr"].replace("$realm", REALM)
        for name, condition in prometheus.rules():
            for side in re.split(r" (?:or|and) (?!on\b|ignoring\b)", condition):
                yield name, re.sub(COMPARISON, "", side)

    def test_every_expression_of_the_dashboards_and_rules_finds_something(self):
        self.serve_everything()
        watch = self.request("GET", USERS + "?watch=true")
        self.assertEqual(200, watch.status)
        with Prometheus(self.folder, self.health) as prometheus:
            # Longer than a round of the load on a slow machine, and than a few scrapes.
            waiting = [(where, re.sub(r"\[(\$__rate_interval|\d+m)\]", "[20s]", expression))
                       for where, expression in self.expressions(prometheus)]
            self.assertGreater(len(waiting), 60)
            self.assertNotIn("$", "".join(expression for _, expression in waiting))
            deadline = time.monotonic() + PATIENCE
            while waiting and time.monotonic() < deadline:
                self.load()
                waiting = [(where, e) for where, e in waiting if not prometheus.query(e)]
            self.assertEqual([], waiting)
            self.assertEqual([], prometheus.query("doorward_nothing_of_that_name"))


class AlertsTest(BridgedTest):
    def test_the_alert_on_a_space_fires_end_to_end_and_ends(self):
        served = self.serve_with_health()
        _, line = served.wait_for(" listening ")
        (self.resources / "bridged.yaml").unlink()
        with Prometheus(self.folder, self.health, shorten="1s") as prometheus:
            self.write("all.yaml", service() + space() + user("alice", "x"))
            served.wait_for("resources applied", line)
            prometheus.wait_for('ALERTS{alertname="AddressSpaceHealth",alertstate="firing"}')
            self.assertEqual([], prometheus.query('ALERTS{alertname="ComponentHealth",alertstate="firing"}'))
            self.write("all.yaml", service() + space() + user("alice", "x") + PLAN)
            prometheus.wait_for('absent(ALERTS{alertname="AddressSpaceHealth"})')
            served.process.kill()
            prometheus.wait_for('ALERTS{alertname="ComponentHealth",alertstate="firing"}')

    def test_the_alert_on_a_bridge_fires_when_what_is_behind_it_goes_and_ends_when_it_is_back(self):
        self.serve_bridged()
        firing = 'ALERTS{alertname="DoorwardBridgeDown",authentication_service="enmasse-infra/bridged"}'
        with Prometheus(self.folder, self.health, shorten="1s") as prometheus:
            prometheus.wait_for("doorward_bridge_up == 1")
            self.assertEqual([], prometheus.query(firing))
            (self.passwords / "users").rename(self.passwords / "moved")
            prometheus.wait_for(firing.replace("}", ',alertstate="firing"}'))
            (self.passwords / "moved").rename(self.passwords / "users")
            prometheus.wait_for(f"absent({firing})")


if __name__ == "__main__":
    unittest.main()
