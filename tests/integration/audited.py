"""What the tests of an audit that cannot be written share: logins, one after another, of which each is one line in the end."""
import json
import subprocess

from delegate import Refused, login
from scraped import HealthServedTest
from served import DOORWARD, REALM

FAILING = "doorward_audit_failing"


class AuditedTest(HealthServedTest):
    def setUp(self):
        super().setUp()
        self.audit = self.folder / "audit.jsonl"
        self.outcomes = []

    def serve_with_audit(self, on_failure, **options):
        """Where what fails either refuses logins or lets them go on: `refuse` or `continue`."""
        config = self.folder / "doorward.yaml"
        config.write_text(f"audit: {{file: {self.audit}, onFailure: {on_failure}}}\n")
        served = self.serve_with_health("--config", config, **options).wait_until_listening()
        self.address = served.addresses["amqp"]
        return served

    def log_in(self, times=1):
        """As often, on whichever loop takes each; what came of it is remembered."""
        for number in range(times):
            try:
                login(self.address, ["PLAIN", "SCRAM-SHA-256"][number % 2], REALM, "alice", "x")
                self.outcomes.append("ok")
            except Refused as refused:
                self.outcomes.append(str(refused))
        return self.outcomes[-times:]

    def assert_nothing_lost_or_twice(self, served, file):
        """After the process: each login has its line, in its place, and the chain is whole up to the last anchor."""
        anchor = served.log.rpartition("anchor=")[2].split()[0]
        done = subprocess.run([DOORWARD, "audit", "verify", "--data-dir", self.data, "--expect", anchor, file],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        told = []
        for line in file.read_text().splitlines():
            try:
                told.append(json.loads(line))
            except ValueError:
                continue  # torn, as the verifier has found
        logins = [event for event in told if event["event"] == "login"]
        self.assertEqual(self.outcomes, [event["outcome"].replace("_", "-") for event in logins])
        self.assertEqual(len(logins), len({event["login"] for event in logins}))
        self.assertNotIn("lost", [event["event"] for event in told])
