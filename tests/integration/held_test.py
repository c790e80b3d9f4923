"""Logins that the real `doorward serve` holds back: beyond what a plan allows, and where passwords are guessed."""
import json
import subprocess
import unittest

from delegate import Refused, login
from served import DOORWARD, PATIENCE, PLAN, REALM, ServedTest, service, space, user

# The second login would have to wait longer than the longest login may take.
ONE_LOGIN = PLAN.replace("{broker: 1.0}", "{broker: 1.0, logins-per-second: 0.001}")
OTHER = PLAN.split("---")[-1].replace("name: small", "name: large")


class HeldTest(ServedTest):
    def outcome(self, served, mechanism, realm, name, password):
        try:
            login(served.addresses["amqp"], mechanism, realm, name, password)
            return "ok"
        except Refused as refused:
            return str(refused)

    def guesses(self, *arguments):
        return subprocess.run([DOORWARD, "guesses", *arguments, "--kubeconfig", str(self.data / "admin.kubeconfig")],
                              capture_output=True, text=True, timeout=PATIENCE)

    def test_a_plan_holds_back_the_logins_of_its_own_space_only(self):
        self.write("all.yaml", service() + ONE_LOGIN + "---" + OTHER + space() + user("alice", "x") +
                   space("quiet").replace("plan: small", "plan: large") + user("alice", "x", "quiet"))
        served = self.serve()
        for mechanism, name, password in [("PLAIN", "nobody", "x"), ("SCRAM-SHA-256", "alice", "y")]:
            self.assertIn("auth", self.outcome(served, mechanism, REALM, name, password), "and uses up nothing")
        self.assertEqual("ok", self.outcome(served, "PLAIN", REALM, "alice", "x"))
        for mechanism in ["PLAIN", "SCRAM-SHA-256"]:
            self.assertIn("sys-temp", self.outcome(served, mechanism, REALM, "alice", "x"))
        served.wait_for(" login .*reason=plan_limit .*realm=" + REALM)
        for _ in range(3):
            self.assertEqual("ok", self.outcome(served, "PLAIN", "team1-quiet", "alice", "x"))

    def test_a_plan_that_changes_counts_from_the_next_login_on(self):
        self.write("all.yaml", service() + ONE_LOGIN + space() + user("alice", "x"))
        served = self.serve()
        _, line = served.wait_for("listening")
        self.outcome(served, "PLAIN", REALM, "alice", "x")
        self.assertIn("sys-temp", self.outcome(served, "PLAIN", REALM, "alice", "x"))
        self.write("all.yaml", service() + PLAN + space() + user("alice", "x"))
        served.wait_for("resources applied", line)
        self.assertEqual("ok", self.outcome(served, "PLAIN", REALM, "alice", "x"))

    def test_who_is_guessed_is_shown_and_can_be_cleared(self):
        self.write("all.yaml", service() + PLAN + space() + user("alice", "x"))
        served = self.serve("--https", "127.0.0.1:0")
        for name in ["alice", "nobody"]:
            for guess in ["a", "a", "b"]:
                self.assertIn("auth", self.outcome(served, "PLAIN", REALM, name, guess))
        shown = self.guesses("list", "-o", "json")
        self.assertEqual(0, shown.returncode, shown.stderr)
        self.assertEqual({("alice", 2), ("nobody", 2)},
                         {(one["spec"]["username"], one["spec"]["wrongAnswers"]) for one in json.loads(shown.stdout)})
        self.assertEqual("1 cleared\n", self.guesses("clear", "--realm", REALM, "--user", "alice").stdout)
        text = self.guesses("list").stdout
        self.assertIn('user "nobody": 2 wrong, 0 held', text)
        self.assertNotIn("alice", text)
        self.assertEqual(2, self.guesses("clear").returncode)
        self.assertEqual("1 cleared\n", self.guesses("clear", "--all").stdout)
        self.assertEqual("no wrong passwords of late\n", self.guesses("list").stdout)


if __name__ == "__main__":
    unittest.main()
