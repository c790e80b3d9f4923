"""`doorward serve` as an operator meets it: start, logins, changes of its files while it runs, signals, crashes."""
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import unittest

from delegate import Delegate, Refused, login
from served import DOORWARD, PATIENCE, ServedTest, service, space, user

MECHANISMS = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"]
REALM = "team1-shop"


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

    def test_users_are_there_after_a_kill_and_a_restart(self):
        self.write("all.yaml", service() + space() + user("alice", "x"))
        served = self.serve()
        served.process.kill()
        self.assertEqual(-signal.SIGKILL, served.wait())
        again = self.serve(resources=False)
        self.assertTrue(login(again.addresses["amqp"], "SCRAM-SHA-256", REALM, "alice", "x"))


class ChangeTest(ServedTest):
    """The directory changes while the service runs."""

    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x"))

    def can_log_in(self, served, name, password="x"):
        try:
            login(served.addresses["amqp"], "PLAIN", REALM, name, password)
            return True
        except Refused:
            return False

    def test_an_edit_is_noticed_and_what_disappears_is_deleted(self):
        served = self.serve()
        _, line = served.wait_for("listening")
        self.write("all.yaml", service() + space() + user("bob", "x"))
        served.wait_for("resources applied", line)
        self.assertTrue(self.can_log_in(served, "bob"))
        self.assertFalse(self.can_log_in(served, "alice"))

    def test_without_prune_what_disappears_stays(self):
        served = self.serve("--no-prune")
        _, line = served.wait_for("listening")
        self.write("all.yaml", service() + space() + user("bob", "x"))
        served.wait_for("resources applied", line)
        self.assertTrue(self.can_log_in(served, "bob"))
        self.assertTrue(self.can_log_in(served, "alice"))

    def test_a_faulty_edit_leaves_everything_as_it_was_and_its_correction_is_applied(self):
        served = self.serve()
        _, line = served.wait_for("listening")
        self.write("all.yaml", service() + space() + user("bob", "x").replace("send", "shout"))
        _, line = served.wait_for("all.yaml:.*shout", line)
        self.assertTrue(self.can_log_in(served, "alice"))
        self.assertFalse(self.can_log_in(served, "bob"))
        self.write("all.yaml", service() + space() + user("bob", "x"))
        served.wait_for("resources applied", line)
        self.assertTrue(self.can_log_in(served, "bob"))

    def test_a_kubernetes_data_swap_is_noticed(self):
        shutil.rmtree(self.resources)
        self.resources.mkdir()
        for version, name in enumerate(["alice", "bob"]):
            folder = self.resources / f"..version_{version}"
            folder.mkdir()
            (folder / "all.yaml").write_text(service() + space() + user(name, "x"))
        (self.resources / "..data").symlink_to("..version_0")
        (self.resources / "all.yaml").symlink_to("..data/all.yaml")
        served = self.serve()
        self.assertTrue(self.can_log_in(served, "alice"))
        _, line = served.wait_for("listening")
        (self.resources / "..data_tmp").symlink_to("..version_1")
        (self.resources / "..data_tmp").rename(self.resources / "..data")
        served.wait_for("resources applied", line)
        self.assertTrue(self.can_log_in(served, "bob"))
        self.assertFalse(self.can_log_in(served, "alice"))

    def test_a_folder_that_goes_away_deletes_nobody(self):
        served = self.serve()
        _, line = served.wait_for("listening")
        self.resources.rename(self.folder / "elsewhere")
        served.wait_for("warning resources", line)
        self.assertTrue(self.can_log_in(served, "alice"))

    def test_sighup_rereads_at_once_and_takes_a_new_log_level(self):
        config = self.folder / "doorward.yaml"
        config.write_text("log: {level: info}\n")
        served = self.serve("--config", config)
        self.assertTrue(self.can_log_in(served, "alice"))
        self.assertNotIn("outcome=ok", served.log)
        config.write_text("log: {level: debug}\n")
        _, line = served.wait_for("listening")
        served.signal(signal.SIGHUP)
        served.wait_for("reread", line)
        self.assertTrue(self.can_log_in(served, "alice"))
        served.wait_for("debug login outcome=ok .*user=alice", line)
        config.write_text("log: {level: loud}\n")
        served.signal(signal.SIGHUP)
        served.wait_for("doorward.yaml:1: log.level", line)
        self.assertTrue(self.can_log_in(served, "alice"))


class EndTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x"))

    def test_sigterm_and_sigint_end_with_0(self):
        for number in [signal.SIGTERM, signal.SIGINT]:
            with self.subTest(number):
                served = self.serve()
                served.signal(number)
                self.assertEqual(0, served.wait())
                self.assertIn("stopped", served.log)

    def test_a_running_login_finishes_and_a_new_one_is_not_taken(self):
        served = self.serve()
        address = served.addresses["amqp"]
        with Delegate(address) as delegate:
            delegate.mechanisms()
            served.signal(signal.SIGTERM)
            served.wait_for("stopping")
            delegate.begin("PLAIN", b"\0alice\0x", REALM)
            code, fields = delegate.read_frame()
            self.assertEqual((0x44, 0), (code, fields[0]))
            self.assertEqual("alice", delegate.open()["authenticated-identity"]["sub"])
        self.assertEqual(0, served.wait())
        with self.assertRaises(ConnectionRefusedError):
            Delegate(address)

    def test_under_load_what_was_begun_is_finished(self):
        served = self.serve()
        address, unfinished, done = served.addresses["amqp"], [], threading.Semaphore(0)

        def log_in_until_refused():
            while True:
                begun = False
                try:
                    with Delegate(address) as delegate:
                        delegate.mechanisms()
                        begun = True
                        delegate.begin("PLAIN", b"\0alice\0x", REALM)
                        code, fields = delegate.read_frame()
                        if (code, fields[0]) != (0x44, 0) or "authenticated-identity" not in delegate.open():
                            unfinished.append((code, fields))
                        done.release()
                except ConnectionRefusedError:
                    return
                except (ConnectionError, EOFError) as error:
                    # It waited in the kernel when the listener closed; nobody had said a word to it.
                    if begun:
                        unfinished.append(error)

        clients = [threading.Thread(target=log_in_until_refused) for _ in range(8)]
        for client in clients:
            client.start()
        for _ in range(20):
            self.assertTrue(done.acquire(timeout=PATIENCE))
        served.signal(signal.SIGTERM)
        for client in clients:
            client.join()
        self.assertEqual(0, served.wait())
        self.assertEqual([], unfinished)

    def test_connections_that_say_nothing_are_ended_when_the_time_is_over(self):
        config = self.folder / "doorward.yaml"
        config.write_text("limits: {drainTimeout: 100ms, loginTimeout: 10m}\n")
        served = self.serve("--config", config)
        with Delegate(served.addresses["amqp"]) as delegate:
            delegate.mechanisms()
            self.assertEqual(0, served.stop())


class LimitTest(ServedTest):
    def test_the_limit_of_open_files_is_raised_and_bounds_the_connections(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (128, 256))

        served = self.serve(resources=False, preexec_fn=few_files)
        found, _ = served.wait_for(r"fewer connections .*allowed=(\d+)")
        # The soft limit of 128 would leave less than 128; the hard one of 256 leaves more, but not 256.
        self.assertTrue(128 < int(found.group(1)) < 256, found.group(1))

    def test_without_such_a_limit_nothing_is_said(self):
        if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 20_000:
            self.skipTest("the hard limit of open files is low here")
        self.assertNotIn("fewer connections", self.serve(resources=False).log)


class TlsTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x"))
        self.certificate, self.key = self.folder / "tls.crt", self.folder / "tls.key"
        self.make_certificate()

    def make_certificate(self):
        """A new one in the place of the old, and a client that trusts only the new one."""
        fresh = [self.folder / "new.key", self.folder / "new.crt"]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=doorward", "-addext", "subjectAltName=DNS:doorward.test",
                        "-keyout", fresh[0], "-out", fresh[1]], check=True, capture_output=True)
        self.client = ssl.create_default_context(cafile=fresh[1])
        fresh[0].rename(self.key)
        fresh[1].rename(self.certificate)

    def serve_tls(self):
        return self.serve("--amqps", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key", self.key)

    def log_in(self, served, client):
        return login(served.addresses["amqps"], "PLAIN", REALM, "alice", "x", client, "doorward.test")

    def test_a_login_over_tls(self):
        served = self.serve_tls()
        self.assertEqual("alice", self.log_in(served, self.client)["authenticated-identity"]["sub"])

    def test_a_replaced_certificate_is_served_without_a_restart(self):
        served = self.serve_tls()
        old = self.client
        self.log_in(served, old)
        _, line = served.wait_for("listening")
        self.make_certificate()
        served.wait_for("certificate", line)
        self.assertTrue(self.log_in(served, self.client))
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.log_in(served, old)

    def test_a_half_written_certificate_leaves_the_old_one(self):
        served = self.serve_tls()
        _, line = served.wait_for("listening")
        whole = self.certificate.read_text()
        self.certificate.write_text(whole[:200])
        served.wait_for("warning .*certificate", line)
        self.assertTrue(self.log_in(served, self.client))

    def test_a_key_of_another_certificate_refuses_the_start(self):
        other = self.key.read_text()
        self.make_certificate()
        self.key.write_text(other)
        served = self.start("--amqps", "127.0.0.1:0", "--tls-cert", self.certificate, "--tls-key", self.key)
        self.assertEqual(2, served.wait())
        self.assertIn("not started", served.log)


if __name__ == "__main__":
    unittest.main()
