"""The files of `doorward serve` change while it runs."""
import os
import re
import shutil
import signal
import time
import unittest

from delegate import Refused, login
from rest_api import RestApi
from served import PATIENCE, PLAN, REALM, ServedTest, service, space, user


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
        config.write_text("log: {level: debug}\nthreads: 1\nlimits: {connections: 77}\n")  # a flag says how many threads
        served.signal(signal.SIGHUP)
        served.wait_for('at the next start only settings=limits$', line)
        config.write_text("log: {level: loud}\n")
        served.signal(signal.SIGHUP)
        served.wait_for("doorward.yaml:1: log.level", line)
        self.assertTrue(self.can_log_in(served, "alice"))

    def test_a_sighup_while_it_starts_is_heard_once_it_has(self):
        config = self.folder / "doorward.yaml"
        os.mkfifo(config)
        served = self.start("--config", config)
        with open(config, "w") as pipe:  # once somebody reads
            served.signal(signal.SIGHUP)
            (self.folder / "changed.yaml").write_text("log: {level: debug}\n")
            (self.folder / "changed.yaml").rename(config)
            pipe.write("log: {level: info}\n")
        served.wait_until_listening()
        served.wait_for("configuration reread")
        self.assertTrue(self.can_log_in(served, "alice"))
        self.assertEqual(0, served.stop())

    def test_a_storm_of_sighups_holds_up_nobody_and_the_last_one_is_heard(self):
        config = self.folder / "doorward.yaml"
        config.write_text("log: {level: info}\n")
        served = self.serve("--config", config)
        for _ in range(50):
            for _ in range(100):
                served.signal(signal.SIGHUP)
            self.assertTrue(self.can_log_in(served, "alice"))
        self.assertLess(served.log.count("configuration reread"), 5_000)
        config.write_text("log: {level: debug}\n")
        served.signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while "debug login outcome=ok" not in served.log:
            self.assertLess(time.monotonic(), deadline, "the last SIGHUP was not heard")
            self.assertTrue(self.can_log_in(served, "alice"))
        self.assertEqual(0, served.stop())

    def test_sighup_tells_what_is_still_refused_and_what_was_so_already(self):
        served = self.serve()
        _, line = served.wait_for("listening")
        served.signal(signal.SIGHUP)
        _, line = served.wait_for("info resources applied .*created=0 changed=0 deleted=0", line)
        self.write("all.yaml", service() + space() + user("alice", "x").replace("send", "shout"))
        _, line = served.wait_for(
            'resources stay as they were applied before next_try="when the folder changes, or at SIGHUP"', line)
        served.signal(signal.SIGHUP)
        _, line = served.wait_for("resources fault .*shout", line)
        served.wait_for("resources stay as they were", line)

    def test_sighup_puts_right_what_the_rest_api_took_away(self):
        served = self.serve("--https", "127.0.0.1:0")
        path = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers/shop.alice"
        with RestApi(self.data) as api:
            self.assertEqual(200, api.ask("DELETE", path)[0])
        self.assertFalse(self.can_log_in(served, "alice"))
        served.signal(signal.SIGHUP)
        served.wait_for("resources applied .*created=1 ")
        self.assertTrue(self.can_log_in(served, "alice"))

    def test_a_folder_in_the_folder_is_told(self):
        (self.resources / "team2").mkdir()
        (self.resources / ".git").mkdir()
        self.serve().wait_for("resources remark .*1 folder in it is not read")

    def test_a_remark_is_told_once_and_a_space_again_when_it_has_become_ready(self):
        orphan = user("bob", "x", space="ship")
        self.write("all.yaml", service() + space() + orphan)
        served = self.serve()
        served.wait_for("listening")
        self.assertIn("warning resources remark remark=", served.log)
        # What the statuses say is told after the listening.
        _, line = served.wait_for("logins go on, without its limits")
        self.assertIn("AddressSpace team1/ship does not exist", served.log)
        self.write("all.yaml", service() + space() + orphan + user("carol", "x"))
        _, after = served.wait_for("resources applied", line)
        self.write("plan.yaml", PLAN)
        served.wait_for("info address space is ready space=team1/shop", after)
        for told in ["resources remark .*AddressSpace team1/ship does not exist", "address space is not ready",
                     "user is not active user=team1/ship.bob .*AddressSpace team1/ship does not exist"]:
            self.assertEqual(1, len(re.findall(told, served.log)), served.log)

    def test_what_the_rest_api_makes_of_statuses_is_told_as_what_the_folder_does(self):
        served = self.serve("--https", "127.0.0.1:0")
        users = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
        bob = {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": "ship.bob"},
               "spec": {"username": "bob", "authentication": {"type": "federated"}}}
        with RestApi(self.data) as api:
            self.assertEqual(201, api.ask("POST", users, bob)[0])
            _, line = served.wait_for("warning user is not active user=team1/ship.bob message=")
            self.write("ship.yaml", space("ship"))
            served.wait_for("info user is active user=team1/ship.bob", line)
        self.assertEqual(1, served.log.count("user is not active"), served.log)

    def test_an_emptied_folder_deletes_nobody_and_says_how_to_mean_it(self):
        served = self.serve()
        _, line = served.wait_for("listening")
        (self.resources / "all.yaml").unlink()
        served.wait_for("fault=.*leave one file without a document", line)
        self.assertTrue(self.can_log_in(served, "alice"))
        self.write("all.yaml", "# nobody any more\n")
        served.wait_for("resources applied .*deleted=3", line)
        self.assertFalse(self.can_log_in(served, "alice"))


if __name__ == "__main__":
    unittest.main()
