"""`doorward backup` beside a `doorward serve` under load, and `doorward restore` into a fresh directory that serves."""
import base64
import json
import stat
import subprocess
import threading
import unittest

from delegate import Refused, login
from rest_api import RestApi
from served import DOORWARD, PATIENCE, PLAN, REALM, ServedTest, service, space

USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
PASSWORD = "correct horse"


class Writer(threading.Thread):
    """Makes users by REST until it is told to end; `acknowledged` are those that it was answered for."""

    def __init__(self, data, prefix):
        super().__init__()
        self.api, self.prefix = RestApi(data), prefix
        self.acknowledged, self.grown, self.over, self.refused = [], threading.Condition(), False, None

    def run(self):
        with self.api:
            number = 0
            while not self.over and self.refused is None:
                name = f"{self.prefix}{number}"
                number += 1
                status, answer, _ = self.api.ask("POST", USERS, {
                    "apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": f"shop.{name}"},
                    "spec": {"username": name, "authentication": {
                        "type": "password", "password": base64.b64encode(PASSWORD.encode()).decode()}}})
                with self.grown:
                    if status == 201:
                        self.acknowledged.append(name)
                    else:
                        self.refused = answer
                    self.grown.notify_all()

    def wait_for(self, count):
        with self.grown:
            self.grown.wait_for(lambda: len(self.acknowledged) >= count or self.refused, PATIENCE)
            return list(self.acknowledged)


class BackupTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + PLAN)
        self.config = self.folder / "doorward.yaml"
        self.config.write_text("credentials: {iterations: 4096}\n")
        self.file = self.folder / "backup"

    def command(self, name, *flags, data=None):
        """The exit code and what was said."""
        done = subprocess.run([DOORWARD, name, self.file, "--data-dir", data or self.data, *flags],
                              capture_output=True, text=True, timeout=PATIENCE * 4)
        return done.returncode, done.stdout + done.stderr

    def serve_rest(self, **options):
        return self.serve("--https", "127.0.0.1:0", "--config", self.config, "--audit", self.folder / "audit", **options)

    def test_what_was_acknowledged_before_it_began_logs_in_at_a_restored_instance(self):
        first = self.serve_rest()
        writers = [Writer(self.data, prefix) for prefix in ("a", "b")]
        for writer in writers:
            writer.start()
        try:
            before = sum((writer.wait_for(5) for writer in writers), [])
            self.assertEqual(0, self.command("backup")[0])
            self.assertEqual(0o600, stat.S_IMODE(self.file.stat().st_mode))
            code, said = self.command("backup")
            self.assertEqual(2, code, said)
            self.assertIn("is there already", said)
            # The first goes on as if nothing had been.
            for writer in writers:
                writer.wait_for(len(writer.acknowledged) + 1)
        finally:
            for writer in writers:
                writer.over = True
            for writer in writers:
                writer.join(PATIENCE)
        self.assertEqual([None, None], [writer.refused for writer in writers])
        with RestApi(self.data) as api:
            last = int(api.ask("GET", USERS)[1]["metadata"]["resourceVersion"])
        self.assertEqual(0, first.stop())

        fresh = self.folder / "fresh"
        code, said = self.command("restore", data=fresh)
        self.assertEqual(0, code, said)
        token = RestApi(self.data).token
        self.data = fresh
        second = self.serve_rest(resources=False)
        for name in before:
            self.assertTrue(login(second.addresses["amqp"], "SCRAM-SHA-256", REALM, name, PASSWORD), name)
        with self.assertRaises(Refused):
            login(second.addresses["amqp"], "SCRAM-SHA-256", REALM, before[0], "wrong")
        with RestApi(self.data) as api:
            self.assertEqual(token, api.token, "the administrator's kubeconfig is the old one")
            status, users, _ = api.ask("GET", USERS)
            self.assertEqual(200, status, users)
            self.assertGreater(int(users["metadata"]["resourceVersion"]), last)
            self.assertEqual(set(), set(before) - {user["spec"]["username"] for user in users["items"]})
            event = json.loads(api.send("GET", f"{USERS}?watch=true&resourceVersion={last}").readline())
            self.assertEqual(410, event.get("code") or event["object"]["code"], "whoever watched begins anew")
        self.assertEqual(0, second.stop())
        verified = subprocess.run([DOORWARD, "audit", "verify", "--data-dir", self.data, self.folder / "audit"],
                                  capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(0, verified.returncode, "one chain goes through both: " + verified.stdout + verified.stderr)

    def test_a_restore_replaces_nothing_and_says_what_is_wrong_with_a_file(self):
        self.assertEqual(0, self.serve_rest().stop())
        fresh = self.folder / "fresh"
        for content, code, words in [(None, 2, "is no file"), (b"x" * 9_000, 1, "take another"),
                                     (self.data / "doorward.db", 2, "not made by `doorward backup`")]:
            with self.subTest(words):
                if content is not None:
                    self.file.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
                done, said = self.command("restore", data=fresh)
                self.assertEqual(code, done, said)
                self.assertIn(words, said)
        self.file.unlink()
        self.assertEqual(0, self.command("backup")[0], "without a server")
        done, said = self.command("restore")
        self.assertEqual(2, done, said)
        self.assertIn("is not empty", said)
        self.assertEqual(0, self.command("restore", data=fresh)[0], "what has failed before is in nobody's way")

    def test_a_backup_of_nothing_says_so(self):
        code, said = self.command("backup", data=self.folder / "none")
        self.assertEqual(2, code, said)
        self.assertIn("no such file", said)
        self.assertFalse((self.folder / "none").exists())


if __name__ == "__main__":
    unittest.main()
