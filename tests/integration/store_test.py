"""The database of a real `doorward serve` is damaged, somebody else's, newer, or held by another program."""
import fcntl
import os
import shutil
import sqlite3
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from delegate import Refused, login
from rest_api import RestApi
from served import DOORWARD, PATIENCE, REALM, ServedTest, service, space, user

USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"


def run_sql(file, sql):
    database = sqlite3.connect(file)
    database.executescript(sql)
    database.close()


def cut_in_half(file):
    file.write_bytes(file.read_bytes()[:file.stat().st_size // 8192 * 4096])


class StoreTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space() + user("alice", "x"))
        self.database = self.data / "doorward.db"

    def doorward(self, *command):
        return subprocess.run([DOORWARD, *map(str, command)], capture_output=True, text=True, timeout=PATIENCE * 4)

    def test_what_cannot_be_served_from_refuses_the_start_is_left_alone_and_a_backup_brings_back(self):
        self.assertEqual(0, self.serve().stop())
        backup = self.folder / "backup"
        done = self.doorward("backup", backup, "--data-dir", self.data)
        self.assertEqual(0, done.returncode, done.stderr)
        well = self.folder / "well.db"
        shutil.copy(self.database, well)
        for damage, code, words in [
                (cut_in_half, 1, "the database file is damaged.*doorward restore"),
                (lambda file: file.write_bytes(b"x" * 20_000), 1, "the database file is damaged.*doorward restore"),
                (lambda file: (file.unlink(), run_sql(file, "CREATE TABLE songs (title TEXT)")), 2, "not made by doorward"),
                (lambda file: run_sql(file, "PRAGMA user_version = 99"), 2, "schema 99.*start the newer doorward")]:
            with self.subTest(words):
                shutil.copy(well, self.database)
                damage(self.database)
                damaged = self.database.read_bytes()
                refused = self.start(resources=False)
                self.assertEqual(code, refused.wait(), refused.log)
                self.assertRegex(refused.log, f"error not started reason=.*{words}")
                self.assertNotIn("listening", refused.log)
                self.assertEqual(damaged, self.database.read_bytes())
        self.data.rename(self.folder / "away")
        done = self.doorward("restore", backup, "--data-dir", self.data)
        self.assertEqual(0, done.returncode, done.stderr)
        again = self.serve(resources=False)
        self.assertTrue(login(again.addresses["amqp"], "SCRAM-SHA-256", REALM, "alice", "x"))

    def test_a_directory_that_may_not_be_written_says_so(self):
        self.assertEqual(0, self.serve().stop())
        self.data.chmod(0o500)
        self.addCleanup(self.data.chmod, 0o700)
        bound_by_modes = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
        refused = self.start(resources=False, program=[*bound_by_modes, DOORWARD])
        self.assertEqual(1, refused.wait())
        self.assertRegex(refused.log, "check (its )?owner and rights")

    def outcome(self, name, mechanism="SCRAM-SHA-256", password="x"):
        try:
            login(self.address, mechanism, REALM, name, password)
            return "ok"
        except Refused as refused:
            return str(refused)

    def write_user(self, api, name):
        """The status and its message."""
        status, said, _ = api.ask("POST", USERS, {
            "apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": f"shop.{name}"},
            "spec": {"username": name, "authentication": {"type": "password", "password": "eA=="}}})
        return status, said.get("message")

    def users(self):
        with RestApi(self.data) as api:
            return {item["spec"]["username"] for item in api.ask("GET", USERS)[1]["items"]}

    def serve_locked(self):
        """Patient with peers, since it is the lock that decides here and no time; with alice in memory."""
        config = self.folder / "doorward.yaml"
        config.write_text("limits: {loginTimeout: 1m}\n")
        served = self.serve("--config", config, "--https", "127.0.0.1:0")
        self.address = served.addresses["amqp"]
        for mechanism in ["SCRAM-SHA-256", "PLAIN"]:
            self.assertEqual("ok", self.outcome("alice", mechanism))
        return served

    def while_a_write_waits(self, name, meanwhile):
        """What the write of a user heard."""
        with RestApi(self.data) as api, ThreadPoolExecutor(1) as writer:
            written = writer.submit(self.write_user, api, name)
            meanwhile()
            return written.result()

    def assert_known_users_log_in(self):
        for mechanism in ["SCRAM-SHA-256", "PLAIN", "SCRAM-SHA-512"]:
            self.assertEqual("ok", self.outcome("alice", mechanism))
        self.assertEqual("auth", self.outcome("alice", password="y"))

    def assert_nothing_lost(self, served, acknowledged):
        """Nor after a kill, and nothing is there that was refused."""
        self.assertEqual({"alice", *acknowledged}, self.users())
        served.process.kill()
        served.wait()
        again = self.serve("--https", "127.0.0.1:0")
        self.address = again.addresses["amqp"]
        self.assertEqual({"alice", *acknowledged}, self.users())
        for name in acknowledged:
            self.assertEqual("ok", self.outcome(name), name)
        self.assertEqual(0, again.stop())

    def test_beside_a_program_that_writes_all_users_log_in_and_writes_are_told_to_come_again(self):
        served = self.serve_locked()
        with RestApi(self.data) as api:
            self.assertEqual(201, self.write_user(api, "bob")[0])
        other = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")

        def log_in():
            self.assert_known_users_log_in()
            self.assertEqual("ok", self.outcome("bob"), "who has to be looked up")
            self.assertEqual("auth", self.outcome("nobody"))

        status, said = self.while_a_write_waits("carol", log_in)
        self.assertEqual(503, status, said)
        self.assertIn("locked by another program", said)
        other.execute("ROLLBACK")
        with RestApi(self.data) as api:
            self.assertEqual(201, self.write_user(api, "carol")[0], "nothing of what was refused is there")
        self.assert_nothing_lost(served, ["bob", "carol"])

    def test_beside_a_program_that_locks_out_readers_known_users_log_in_and_others_hear_sys_temp(self):
        served = self.serve_locked()
        with RestApi(self.data) as api:
            for name in ["bob", "carol"]:
                self.assertEqual(201, self.write_user(api, name)[0])
        # As SQLite does it to recover the log of the database, which other programs may begin: all eight locks of the WAL.
        with open(f"{self.database}-shm", "r+b") as log:
            fcntl.lockf(log, fcntl.LOCK_EX, 8, 120)

            def log_in():
                with ThreadPoolExecutor(2) as clients:
                    unknown = [clients.submit(self.outcome, name) for name in ["bob", "nobody"]]
                    self.assert_known_users_log_in()
                self.assertEqual(["sys-temp"] * 2, [found.result() for found in unknown], "nobody is told that he is not there")
                self.assert_known_users_log_in()

            status, said = self.while_a_write_waits("dave", log_in)
            self.assertEqual(503, status, said)
            fcntl.lockf(log, fcntl.LOCK_UN, 8, 120)
        self.assertEqual("ok", self.outcome("bob"))
        self.assertEqual("auth", self.outcome("nobody"))
        with RestApi(self.data) as api:
            self.assertEqual(201, self.write_user(api, "dave")[0], "nothing of what was refused is there")
        self.assert_nothing_lost(served, ["bob", "carol", "dave"])


if __name__ == "__main__":
    unittest.main()
