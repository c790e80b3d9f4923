"""`doorward serve` comes up: with resources or without, once or again, or says why it does not."""
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import unittest

from delegate import Delegate, Refused, login
from served import DOORWARD, PLAN, REALM, ServedTest, service, space, user

MECHANISMS = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]


# What an operations team keeps in git for EnMasse, with the parts that are for others.
OPERATIONS = {
    "20-infraconfig.yaml": """
apiVersion: admin.enmasse.io/v1beta1
kind: BrokeredInfraConfig
metadata: {name: small-broker}
spec: {broker: {addressFullPolicy: FAIL, resources: {memory: 512Mi}}}
""",
    "30-plans.yaml": """
---
apiVersion: admin.enmasse.io/v1beta2
kind: AddressSpacePlan
metadata: {name: small}
spec:
  addressSpaceType: brokered
  infraConfigRef: small-broker
  addressPlans: [broker-queue]
  resourceLimits: {broker: 1.0}
---
apiVersion: admin.enmasse.io/v1beta2
kind: AddressPlan
metadata: {name: broker-queue}
spec: {addressType: queue, resources: {broker: 0.001}}
""",
    "40-monitoring.yaml": """
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: enmasse}
spec: {selector: {matchLabels: {app: enmasse}}, endpoints: [{port: health}]}
""",
}


class StartTest(ServedTest):
    def test_the_files_of_an_operations_team_and_of_a_developer_team_together(self):
        for name, text in OPERATIONS.items():
            self.write(name, text)
        self.write("10-authservice.yaml", service().replace("  namespace: enmasse-infra\n", ""))
        self.write("50-team.yaml", space(namespace="default").replace("type: standard", "type: brokered") +
                   user("alice", "x", namespace="default"))
        served = self.serve()
        served.wait_for("40-monitoring.yaml.*passed over")
        self.assertNotIn("not ready", served.log)
        self.assertTrue(login(served.addresses["amqp"], "SCRAM-SHA-512", "default-shop", "alice", "x"))

    def test_a_user_of_the_directory_logs_in_with_each_mechanism(self):
        self.write("all.yaml", service() + space() + user("alice", "wonder land"))
        served = self.serve()
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                properties = login(served.addresses["amqp"], mechanism, REALM, "alice", "wonder land")
                self.assertEqual("alice", properties["authenticated-identity"]["sub"])
                self.assertEqual({"orders/*": ["send", "recv"]}, properties["address-authz"])
                with self.assertRaisesRegex(Refused, "^auth$"):
                    login(served.addresses["amqp"], mechanism, REALM, "alice", "Wonder land")
        self.assertEqual(0, served.stop())

    def test_a_none_service_lets_everybody_in(self):
        self.write("all.yaml", service("open", "none") + space("lab", service="open"))
        served = self.serve()
        properties = login(served.addresses["amqp"], "ANONYMOUS", "team1-lab")
        self.assertEqual(["manage"], properties["groups"])
        self.assertNotIn("address-authz", properties)

    def test_a_lone_service_runs_and_the_log_says_how_to_make_an_address_space(self):
        self.write("10-authservice.yaml", service())
        served = self.serve()
        served.wait_for("kind: AddressSpace")
        with Delegate(served.addresses["amqp"]) as delegate:
            self.assertIn("SCRAM-SHA-256", delegate.mechanisms())
        with self.assertRaisesRegex(Refused, "^auth$"):
            login(served.addresses["amqp"], "PLAIN", "nowhere", "alice", "x")

    def test_the_example_of_a_first_space_has_a_plan_that_is_there_and_works_as_it_stands(self):
        self.write("10-all.yaml", service() + PLAN.replace("small", "my-plan"))
        served = self.serve()
        found, line = served.wait_for('no address space.*example="(.*)"')
        self.assertIn("type: standard, plan: my-plan", found.group(1))
        self.write("20-space.yaml", found.group(1).replace('\\"', '"') + "\n")
        served.wait_for("resources applied", line)
        self.assertNotIn("not ready", served.log)
        with self.assertRaisesRegex(Refused, "^auth$"):
            login(served.addresses["amqp"], "PLAIN", "default-myspace", "alice", "x")

    def test_an_empty_folder_starts_and_waits_for_its_first_manifest(self):
        served = self.serve()
        _, line = served.wait_for("listening")
        self.write("all.yaml", service() + space() + user("alice", "x"))
        served.wait_for("resources applied", line)
        self.assertTrue(login(served.addresses["amqp"], "PLAIN", REALM, "alice", "x"))

    def test_an_open_data_folder_is_refused_with_what_to_do(self):
        self.assertEqual(0, self.serve(resources=False).stop())
        self.data.chmod(0o755)
        served = self.start(resources=False)
        self.assertEqual(2, served.wait())
        self.assertIn(f"chmod 700 {self.data}", served.log)

    def test_a_space_that_is_not_ready_is_told_with_what_is_missing(self):
        self.write("all.yaml", space())
        served = self.serve()
        served.wait_for("warning address space is not ready space=team1/shop .*AuthenticationService")
        _, line = served.wait_for("listening")
        with self.assertRaisesRegex(Refused, "^sys-temp$"):
            login(served.addresses["amqp"], "PLAIN", REALM, "alice", "x")
        self.write("service.yaml", service())
        served.wait_for("resources applied", line)
        with self.assertRaisesRegex(Refused, "^auth$"):
            login(served.addresses["amqp"], "PLAIN", REALM, "alice", "x")

    def test_doorward_login_shows_what_a_delegate_gets(self):
        self.write("all.yaml", service() + space() + user("alice", "wonder land"))
        address = self.serve().addresses["amqp"]
        for mechanism in MECHANISMS:
            for password, code in [(b"wonder land", 0), (b"Wonder land", 1)]:
                with self.subTest(mechanism, password=password):
                    answer = subprocess.run(
                        [DOORWARD, "login", "--host", address, "--realm", REALM, "--mechanism", mechanism,
                         "--user", "alice", "-o", "json"], input=password, capture_output=True, timeout=60)
                    self.assertEqual(code, answer.returncode, answer.stderr)
                    if code == 0:
                        self.assertIn("orders/*", answer.stdout.decode())

    def test_bad_resources_refuse_the_first_start_and_every_fault_is_told(self):
        self.write("10-a.yaml", service() + space() + user("alice", "x").replace("orders/*", "orders,*"))
        self.write("20-b.yaml", "apiVersion: enmasse.io/v1beta1\nkind: AddressSpace\nmetadata: {name: UPPER}\n")
        self.write("30-c.yaml", "a: [\n")
        served = self.start()
        self.assertEqual(2, served.wait())
        for name in ["10-a.yaml:", "20-b.yaml:", "30-c.yaml:", "orders,"]:
            self.assertIn(name, served.log)
        self.assertNotIn("listening", served.log)

    def test_bad_resources_do_not_keep_a_service_that_has_been_in_use_from_coming_back(self):
        self.write("all.yaml", service() + space() + user("alice", "x"))
        self.assertEqual(0, self.serve().stop())
        self.write("all.yaml", service() + space() + user("bob", "x").replace("send", "shout"))
        served = self.serve()
        self.assertIn("all.yaml:", served.log)
        self.assertTrue(login(served.addresses["amqp"], "PLAIN", REALM, "alice", "x"))

    def test_a_wrong_configuration_is_told_whole_before_anything_is_made(self):
        config = self.folder / "doorward.yaml"
        config.write_text("threads: many\nlimits:\n  conections: 1\n")
        served = self.start("--config", config, "--log-level", "loud")
        self.assertEqual(2, served.wait())
        for where in [f"{config}:3: limits.conections", "--log-level: "]:
            self.assertIn(where, served.log)
        self.assertFalse(self.data.exists())

    def test_a_taken_port_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            served = self.start(amqp=f"127.0.0.1:{taken.getsockname()[1]}", resources=False)
            self.assertEqual(1, served.wait())
            self.assertIn("not started", served.log)

    def test_a_second_instance_on_the_same_data_is_refused_and_the_first_goes_on(self):
        self.write("all.yaml", service() + space() + user("alice", "x"))
        first = self.serve()
        second = self.start()
        self.assertEqual(1, second.wait())
        self.assertIn(str(self.data), second.log)
        self.assertTrue(login(first.addresses["amqp"], "PLAIN", REALM, "alice", "x"))

    def test_nobody_gets_a_core_dump_unless_the_environment_says_so(self):
        def hard_limit(served):
            limits = pathlib.Path(f"/proc/{served.process.pid}/limits").read_text()
            return re.search(r"Max core file size +\S+ +(\S+)", limits).group(1)

        served = self.serve(resources=False)
        self.assertEqual("0", hard_limit(served))
        if os.geteuid() != 0:
            self.assertEqual(0, os.stat(f"/proc/{served.process.pid}/environ").st_uid, "nobody but root may look into it")
        self.assertEqual(0, served.stop())
        _, ours = resource.getrlimit(resource.RLIMIT_CORE)
        served = self.serve(resources=False, env=os.environ | {"DOORWARD_CORE_DUMPS": "allow"})
        self.assertEqual("unlimited" if ours == resource.RLIM_INFINITY else str(ours), hard_limit(served))

    def test_users_are_there_after_a_kill_and_a_restart(self):
        self.write("all.yaml", service() + space() + user("alice", "x"))
        served = self.serve()
        served.process.kill()
        self.assertEqual(-signal.SIGKILL, served.wait())
        again = self.serve(resources=False)
        self.assertTrue(login(again.addresses["amqp"], "SCRAM-SHA-256", REALM, "alice", "x"))

if __name__ == "__main__":
    unittest.main()
