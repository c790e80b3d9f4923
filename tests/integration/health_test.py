"""The health port of a real `doorward serve`: probes, and metrics that a real Prometheus reads."""
import http.client
import json
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from delegate import Delegate, Refused, login
from prometheus import Prometheus, rule_files
from served import PATIENCE, PLAN, REALM, ServedTest, service, space, user

ROOT = pathlib.Path(__file__).resolve().parents[2]


class HealthServedTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x") + PLAN)

    def serve_with_health(self, *arguments, **options):
        served = self.start("--health", "127.0.0.1:0", *arguments, **options)
        found, _ = served.wait_for(r"health port open health=(\S+)")
        self.health = found.group(1)
        return served

    def get(self, path, **headers):
        """Status and text."""
        host, port = self.health.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def wait_until_ready(self):
        """A login has less than a second, which is long, but not on every machine at every time."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.get("/readyz"))[0] != 200:
            self.assertLess(time.monotonic(), deadline, answer)
        return answer

    def sample(self, series):
        """The value of one series of a scrape, None where it is not there."""
        found = re.search(rf"^{re.escape(series)} (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return float(found.group(1)) if found else None

    def wait_for_sample(self, series, value):
        deadline = time.monotonic() + PATIENCE
        while self.sample(series) != value:
            self.assertLess(time.monotonic(), deadline, self.get("/metrics")[1])


class HealthTest(HealthServedTest):
    def test_probes_follow_the_life_of_the_process(self):
        served = self.serve_with_health()
        served.wait_until_listening()
        self.assertEqual((200, "ok"), self.get("/livez"))
        self.assertEqual((200, "ok"), self.wait_until_ready())
        self.assertRegex(self.get("/readyz?verbose")[1], r"\[[+-]\]login ")
        with Delegate(served.addresses["amqp"]) as delegate:
            delegate.mechanisms()
            served.signal(signal.SIGTERM)
            served.wait_for("stopping")
            status, text = self.get("/readyz")
            self.assertEqual(503, status)
            self.assertIn("[-]accepting failed: the service is ending", text)
            self.assertEqual(200, self.get("/livez")[0])
            self.assertEqual(200, self.get("/metrics")[0])
        self.assertEqual(0, served.wait())

    def test_it_answers_while_the_service_starts(self):
        config = self.folder / "doorward.yaml"
        config.write_text("credentials: {iterations: 100000}\n")
        self.write("many.yaml", "".join(user(f"user{i}", "x") for i in range(5_000)))
        served = self.serve_with_health("--config", config)
        status, text = self.get("/readyz")
        self.assertEqual(503, status)
        self.assertIn("[-]started failed: the service is starting", text)
        self.assertEqual(200, self.get("/livez")[0])
        self.assertIn("doorward_build_info", self.get("/metrics")[1])
        served.process.kill()

    def test_readiness_is_neither_counted_nor_logged(self):
        served = self.serve_with_health("--log-level", "debug")
        served.wait_until_listening()
        self.wait_until_ready()
        self.assertNotIn("readiness", self.get("/metrics")[1])
        self.assertNotIn("doorward_logins_total{", self.get("/metrics")[1])
        self.assertNotIn("readiness", served.log)
        with self.assertRaisesRegex(Refused, "^auth$"):
            login(served.addresses["amqp"], "PLAIN", "doorward.readiness", "readiness", "x")

    def test_a_taken_port_refuses_the_start(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            served = self.start("--health", f"127.0.0.1:{taken.getsockname()[1]}")
            self.assertEqual(1, served.wait())
            self.assertIn("Choose another with --health", served.log)


class MetricsTest(HealthServedTest):
    def test_logins_are_counted_and_what_a_peer_makes_up_is_no_series(self):
        served = self.serve_with_health()
        address = served.wait_until_listening().addresses["amqp"]
        login(address, "SCRAM-SHA-256", REALM, "alice", "x")
        login(address, "PLAIN", REALM, "alice", "x")
        for number in range(20):
            with self.assertRaises(Refused):
                login(address, "PLAIN", f"made-up-{number}", "bob", "x")
        series = 'doorward_logins_total{{realm="{}",mechanism="{}",service_type="{}",outcome="{}"}}'
        self.assertEqual(1, self.sample(series.format(REALM, "SCRAM-SHA-256", "standard", "ok")))
        self.assertEqual(1, self.sample(series.format(REALM, "PLAIN", "standard", "ok")))
        self.assertEqual(20, self.sample(series.format("other", "PLAIN", "unknown", "auth")))
        text = self.get("/metrics")[1]
        for word in ["made-up", "alice", "bob"]:
            self.assertNotIn(word, text)

    def test_address_spaces_and_the_folder_show_their_state(self):
        served = self.serve_with_health()
        _, line = served.wait_for(" listening ")
        self.assertEqual(1, self.sample("address_space_status_ready"))
        self.assertEqual(0, self.sample("address_space_status_not_ready"))
        self.assertEqual(1, self.sample('doorward_users{phase="Active"}'))
        self.assertEqual(0, self.sample("doorward_resources_rejected"))
        self.write("all.yaml", service() + space() + user("alice", "x") + user("bob", "x", space="ship"))
        served.wait_for("resources applied", line)
        self.wait_for_sample("address_space_status_not_ready", 1)
        self.wait_for_sample('doorward_users{phase="Pending"}', 1)
        self.write("all.yaml", "a: [")
        self.wait_for_sample("doorward_resources_rejected", 1)
        self.write("all.yaml", service() + space() + PLAN)
        self.wait_for_sample("doorward_resources_rejected", 0)
        self.wait_for_sample("address_space_status_not_ready", 0)

    def test_connections_are_counted_by_state(self):
        served = self.serve_with_health()
        address = served.wait_until_listening().addresses["amqp"]
        with Delegate(address) as opening, Delegate(address) as logging_in:
            opening.mechanisms()
            logging_in.mechanisms()
            logging_in.begin("SCRAM-SHA-256", b"n,,n=alice,r=abc", REALM)
            logging_in.read_frame()
            self.wait_for_sample('doorward_connections{state="login"}', 1)
            self.wait_for_sample('doorward_connections{state="opening"}', 1)
        self.wait_for_sample('doorward_connections{state="login"}', 0)
        self.wait_for_sample('doorward_connections{state="opening"}', 0)

    def test_promtool_finds_nothing_to_complain_about(self):
        served = self.serve_with_health()
        login(served.wait_until_listening().addresses["amqp"], "PLAIN", REALM, "alice", "x")
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.get("/metrics")[1], text=True,
                                 capture_output=True)
        # The names that EnMasse gave have no prefix and no unit; they are not ours to change.
        complaints = [line for line in (checked.stdout + checked.stderr).splitlines() if "address_" not in line]
        self.assertEqual([], complaints)

    def test_a_scrape_with_many_spaces_has_as_many_series_as_one_with_few(self):
        served = self.serve_with_health()
        _, line = served.wait_for(" listening ")
        few = self.series()
        self.write("many.yaml", "".join(space(f"space{i}") for i in range(2_000)))
        served.wait_for("resources applied", line)
        self.wait_for_sample("address_space_status_ready", 2_001)
        self.assertEqual(few, self.series())

    def series(self):
        """How many there are, without those of operations of the store, which begin with their first one."""
        return sum("operation=" not in line for line in self.get("/metrics")[1].splitlines())


class PrometheusTest(HealthServedTest):
    """A real Prometheus scrapes a doorward that works, and every expression that we ship finds something there."""

    def expressions(self):
        for path in sorted((ROOT / "deploy/grafana").glob("*.json")):
            for panel in json.loads(path.read_text())["panels"]:
                for target in panel["targets"]:
                    expression = target["expr"].replace("$__rate_interval", "5s").replace("$realm", REALM)
                    yield f"{path.name}: {panel['title']}", expression
        for path in rule_files():
            for expression in re.findall(r"^ *expr: (?!\|)(.*)$", path.read_text(), re.MULTILINE):
                if "store_errors" not in expression:  # there are none where all is well
                    yield path.name, re.sub(r" (>|<|==) [\d *]+$", "", expression.replace("[5m]", "[5s]"))

    def test_every_expression_of_the_dashboards_and_rules_finds_something(self):
        certificate, key = self.folder / "tls.crt", self.folder / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "90", "-subj", "/CN=doorward"],
                       check=True, capture_output=True)
        served = self.serve_with_health("--amqps", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key)
        address = served.wait_until_listening().addresses["amqp"]
        with Prometheus(self.folder, self.health) as prometheus:
            everything, deadline = list(self.expressions()), time.monotonic() + PATIENCE
            self.assertGreater(len(everything), 20)
            while everything and time.monotonic() < deadline:
                login(address, "SCRAM-SHA-256", REALM, "alice", "x")
                with self.assertRaises(Refused):
                    login(address, "PLAIN", REALM, "alice", "wrong")
                with Delegate(address) as delegate:
                    delegate.mechanisms()
                    delegate.begin("SCRAM-SHA-256", b"n,,n=alice,r=abc", REALM)
                    delegate.read_frame()
                everything = [(where, e) for where, e in everything if not prometheus.query(e)]
            self.assertEqual([], everything)

    def test_the_alert_on_a_space_fires_end_to_end_and_ends(self):
        served = self.serve_with_health()
        _, line = served.wait_for(" listening ")
        with Prometheus(self.folder, self.health, shorten="1s") as prometheus:
            self.write("all.yaml", service() + space() + user("alice", "x"))
            served.wait_for("resources applied", line)
            prometheus.wait_for('ALERTS{alertname="AddressSpaceHealth",alertstate="firing"}')
            self.assertEqual([], prometheus.query('ALERTS{alertname="ComponentHealth",alertstate="firing"}'))
            self.write("all.yaml", service() + space() + user("alice", "x") + PLAN)
            prometheus.wait_for('absent(ALERTS{alertname="AddressSpaceHealth"})')
            served.process.kill()
            prometheus.wait_for('ALERTS{alertname="ComponentHealth",alertstate="firing"}')


if __name__ == "__main__":
    unittest.main()
