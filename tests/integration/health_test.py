"""The health port of a real `doorward serve`: probes, and metrics."""
import signal
import socket
import subprocess
import unittest

from delegate import Delegate, Refused, login
from scraped import HealthServedTest
from served import PLAN, REALM, service, space, user


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
        self.wait_for_sample("address_space_status_ready", 1)
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
        self.wait_for_sample("address_space_status_ready", 1)  # the first count
        few = self.series()
        self.write("many.yaml", "".join(space(f"space{i}") for i in range(2_000)))
        served.wait_for("resources applied", line)
        self.wait_for_sample("address_space_status_ready", 2_001)
        self.assertEqual(few, self.series())

    def series(self):
        """How many there are, without those of operations of the store, which begin with their first one."""
        return sum("operation=" not in line for line in self.get("/metrics")[1].splitlines())


if __name__ == "__main__":
    unittest.main()
