"""The database of a real `doorward serve` is damaged, somebody else's, newer, or held by another program."""
import os
import shutil
import sqlite3
import subprocess
import threading
import unittest

from delegate import login
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

    def test_beside_a_program_that_holds_the_database_known_users_log_in_and_writes_are_told_to_come_again(self):
        served = self.serve("--https", "127.0.0.1:0")
        address = served.addresses["amqp"]
        self.assertTrue(login(address, "SCRAM-SHA-256", REALM, "alice", "x"))
        other = sqlite3.connect(self.database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        made = {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": "shop.bob"},
                "spec": {"username": "bob", "authentication": {"type": "federated"}}}
        with RestApi(self.data) as api:
            answers = []
            writer = threading.Thread(target=lambda: answers.append(api.ask("POST", USERS, made)))
            writer.start()
            for _ in range(5):
                self.assertTrue(login(address, "SCRAM-SHA-256", REALM, "alice", "x"))
            writer.join(PATIENCE)
            status, said, _ = answers[0]
            self.assertEqual(503, status, said)
            self.assertIn("locked by another program", said["message"])
            other.execute("ROLLBACK")
            self.assertEqual(201, api.ask("POST", USERS, made)[0], "nothing of what was refused is there")
        self.assertEqual(0, served.stop())


if __name__ == "__main__":
    unittest.main()
