"""The audit of a real `doorward serve`, and every kind of tampering against the real `doorward audit verify`."""
import base64
import json
import re
import signal
import subprocess

from delegate import Delegate, Refused, login
from rest_api import RestApi
from served import DOORWARD, PLAN, REALM, ServedTest, service, space, user


class AuditTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.audit = self.folder / "audit.jsonl"
        self.write("all.yaml", service() + space() + user("alice", "correct horse") + PLAN)

    def serve_with_audit(self):
        return self.serve("--audit", self.audit)

    def verify(self, *files, expect=None):
        """The exit code and all that was said."""
        more = ["--expect", expect] if expect else []
        done = subprocess.run([DOORWARD, "audit", "verify", "--data-dir", self.data, *more, *(files or [self.audit])],
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def assert_well(self, *files, **options):
        code, said = self.verify(*files, **options)
        self.assertEqual(0, code, said)
        return said

    def assert_fault(self, words, *files, **options):
        code, said = self.verify(*files, **options)
        self.assertEqual(1, code, said)
        self.assertIn(words, said)

    def events(self, file=None):
        return [json.loads(line) for line in (file or self.audit).read_text().splitlines()]

    def some_audit(self):
        """One that a process has ended well, and its last anchor."""
        served = self.serve_with_audit()
        for _ in range(3):
            login(served.addresses["amqp"], "PLAIN", REALM, "alice", "correct horse")
        self.assertEqual(0, served.stop())
        return re.findall(r"audit anchor .*anchor=(\S+)", served.log)[-1]

    def test_a_second_signal_ends_at_once_and_the_anchor_is_that_of_the_last_line(self):
        served = self.serve_with_audit()
        address = served.addresses["amqp"]
        with Delegate(address) as delegate:  # whose login would hold up the end
            delegate.mechanisms()
            login(address, "PLAIN", REALM, "alice", "correct horse")
            served.signal(signal.SIGTERM)
            served.wait_for("stopping")
            served.signal(signal.SIGTERM)
            self.assertEqual(-signal.SIGTERM, served.wait())
        self.assertNotIn("stopped", served.log)
        anchor = re.findall(r"audit anchor .*anchor=(\S+)", served.log)[-1]
        last = self.events()[-1]
        self.assertEqual(("login", anchor), (last["event"], f"{last['seq']}:{last['mac']}"))
        self.assert_well(expect=anchor)

    def test_a_login_has_one_id_in_the_log_and_in_the_audit(self):
        served = self.serve_with_audit()
        with self.assertRaises(Refused):
            login(served.addresses["amqp"], "PLAIN", REALM, "alice", "wrong")
        found, _ = served.wait_for(r" login outcome=auth .*\blogin=(\d+)")
        self.assertEqual(0, served.stop())
        self.assertEqual([int(found.group(1))], [event["login"] for event in self.events() if event["event"] == "login"])

    def test_logins_and_changes_are_told_without_secrets(self):
        served = self.serve_with_audit()
        login(served.addresses["amqp"], "PLAIN", REALM, "alice", "correct horse")
        with self.assertRaises(Refused):
            login(served.addresses["amqp"], "PLAIN", REALM, "alice", "battery staple")
        _, line = served.wait_for(" listening ")
        self.write("all.yaml", service() + space() + user("alice", "other words") + PLAN)
        served.wait_for("resources applied", line)
        self.assertEqual(0, served.stop())
        self.assert_well()
        events = self.events()
        self.assertEqual("opened", events[0]["event"])
        self.assertEqual([("ok", "accepted"), ("auth", "wrong_password")],
                         [(event["outcome"], event["reason"]) for event in events if event["event"] == "login"])
        changes = {(event["what"], event["resource"]): event for event in events if event["event"] == "change"}
        self.assertIn(("create", "MessagingUser team1/shop.alice"), changes)
        self.assertIn("spec.authentication", changes["update", "MessagingUser team1/shop.alice"]["fields"])
        for secret in ["correct", "battery", "other words", "Y29ycmVjd", "SCRAM-SHA-256$"]:
            self.assertNotIn(secret, self.audit.read_text())

    def test_writes_through_the_api_are_told_with_the_id_of_their_reply(self):
        served = self.serve("--audit", self.audit, "--https", "127.0.0.1:0")
        users = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
        secret = base64.b64encode(b"battery staple").decode()
        patch = {"spec": {"authentication": {"password": secret}}}
        ids, verifiers = [], []
        with RestApi(self.data) as api:
            for request in [("PATCH", f"{users}/shop.alice", patch, "application/merge-patch+json"),
                            ("GET", f"{users}/shop.alice/credentials"), ("DELETE", f"{users}/shop.alice")]:
                status, answer, headers = api.ask(*request)
                self.assertEqual(200, status, answer)
                ids.append(headers["Audit-Id"])
                verifiers = answer.get("credentials") or verifiers
            self.assertEqual(404, api.ask("DELETE", f"{users}/shop.nobody")[0])
        self.assertEqual(0, served.stop())
        self.assert_well()
        told = [event for event in self.events() if event["event"] == "change" and event["who"] == "admin"]
        self.assertEqual([("update", ids[0]), ("read", ids[1]), ("delete", ids[2])],
                         [(event["what"], event["request"]) for event in told])
        # And under the same id in the log, at the level that it has by itself.
        self.assertRegex(served.log, rf"info .*https: request method=PATCH .*status=200 .*id={ids[0]}\b")
        self.assertIn("spec.authentication", told[0]["fields"])
        self.assertEqual([["spec.authentication.credentials"], []], [event["fields"] for event in told[1:]])
        for event in told:
            self.assertEqual("MessagingUser team1/shop.alice", event["resource"])
            self.assertRegex(event["from"], r"^127\.0\.0\.1:\d+$")
        for hidden in [secret, *verifiers]:
            self.assertNotIn(hidden, self.audit.read_text())
            self.assertNotIn(hidden, served.log)

    def test_a_write_that_is_refused_is_told_with_who_tried_and_the_id_of_the_reply(self):
        served = self.serve("--audit", self.audit, "--https", "127.0.0.1:0")
        made = subprocess.run([DOORWARD, "token", "create", "--data-dir", self.data, "--name", "mallory"],
                              capture_output=True, text=True, timeout=60, check=True)
        served.wait_for("tokens reread .*tokens=2")
        users = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
        with RestApi(self.data, token=made.stdout.strip()) as api:
            status, _, headers = api.ask("DELETE", f"{users}/shop.alice")
            self.assertEqual(403, status)
            self.assertEqual(403, api.ask("GET", f"{users}/shop.alice")[0], "which is no write")
            refused = headers["Audit-Id"]
        self.assertEqual(0, served.stop())
        self.assert_well()
        told = [event for event in self.events() if event["event"] == "refused"]
        self.assertEqual([("mallory", "delete", "MessagingUser team1/shop.alice", 403, refused)],
                         [(event["who"], event["what"], event["resource"], event["status"], event["request"])
                          for event in told])

    def test_tokens_that_the_command_line_gives_and_an_editor_takes_are_told(self):
        served = self.serve("--audit", self.audit, "--https", "127.0.0.1:0")
        made = subprocess.run([DOORWARD, "token", "create", "--data-dir", self.data, "--name", "ci"],
                              capture_output=True, text=True, timeout=60, check=True)
        _, line = served.wait_for("tokens reread .*tokens=2")
        tokens = self.data / "tokens.yaml"
        text = tokens.read_text()
        fresh = self.data / "tokens.yaml.new"
        fresh.write_text(text[:text.index('- name: "ci"')])
        fresh.rename(tokens)
        served.wait_for("tokens reread .*tokens=1", line)
        self.assertEqual(0, served.stop())
        told = [(event["what"], event["resource"]) for event in self.events() if event.get("who") == "tokens"]
        self.assertEqual([("create", "Token ci"), ("delete", "Token ci")], told)
        self.assertNotIn(made.stdout.strip(), self.audit.read_text())

    def test_tampering_is_found(self):
        anchor = self.some_audit()
        self.assert_well(expect=anchor)
        whole = self.audit.read_text().splitlines(keepends=True)

        def tampered(words, lines, **options):
            self.audit.write_text("".join(lines))
            self.assert_fault(words, **options)

        tampered("was altered", [*whole[:1], whole[1].replace("create", "delete"), *whole[2:]])
        tampered("is missing", [*whole[:1], *whole[2:]])
        tampered("out of order", [*whole[:1], whole[2], whole[1], *whole[3:]])
        tampered("out of order, or twice", [*whole[:2], whole[1], *whole[2:]])
        tampered("put in", [*whole[:2], "hello\n", *whole[2:]])
        tampered("what was before it is missing", whole[1:])
        tampered("its tail was cut", whole[:-1], expect=anchor)
        tampered("ends with 1 line(s)", [*whole[:-1], whole[-1][:-20]])
        self.audit.write_text("".join(whole))
        self.assert_well(expect=anchor)
        (self.data / "keys/audit.key").unlink()
        self.assertEqual(2, self.verify()[0])

    def test_sighup_goes_on_in_a_new_file(self):
        served = self.serve_with_audit()
        login(served.addresses["amqp"], "PLAIN", REALM, "alice", "correct horse")
        old = self.folder / "audit.1"
        self.audit.rename(old)
        _, line = served.wait_for(" listening ")
        served.signal(signal.SIGHUP)
        served.wait_for("configuration reread", line)
        login(served.addresses["amqp"], "PLAIN", REALM, "alice", "correct horse")
        self.assertEqual(0, served.stop())
        self.assert_well(old, self.audit)
        self.assert_well(self.audit)
        self.assertEqual(self.events(old)[-1]["mac"], self.events()[0]["previous"])

    def test_a_torn_line_after_a_kill_is_recovered(self):
        served = self.serve_with_audit()
        login(served.addresses["amqp"], "PLAIN", REALM, "alice", "correct horse")
        served.process.kill()
        served.wait()
        with self.audit.open("a") as file:
            file.write('{"instance":"0123')
        self.assert_fault("ends with 1 line(s)")
        self.assertEqual(0, self.serve_with_audit().stop())
        self.assertIn("1 unfinished and recovered", self.assert_well())
        self.assertIn('"event":"recovered"', self.audit.read_text())

    def test_a_full_disk_refuses_logins_where_that_is_wanted(self):
        config = self.folder / "doorward.yaml"
        config.write_text("audit: {file: /dev/full, onFailure: refuse}\n")
        served = self.serve("--config", config)
        served.wait_for("audit cannot be written")
        with self.assertRaisesRegex(Refused, "^sys-temp$"):
            login(served.addresses["amqp"], "PLAIN", REALM, "alice", "correct horse")
        config.write_text("audit: {file: /dev/full}\n")
        self.assertEqual(0, served.stop())
        served = self.serve("--config", config)
        served.wait_for("audit cannot be written")
        login(served.addresses["amqp"], "PLAIN", REALM, "alice", "correct horse")
        self.assertEqual(0, served.stop())


if __name__ == "__main__":
    import unittest
    unittest.main()
