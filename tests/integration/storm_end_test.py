"""SIGTERM in the middle of a storm: some hundred clients, of whom some are held as guessers, some wait for a bridge that
is slow, and some for an API server that is. What was begun is finished, each outcome that a client heard has its line in
the audit, and the process ends by itself."""
import collections
import json
import signal
import subprocess
import threading

from api_server import ROBOT, authenticated, review
from delegate import OUTCOMES, Delegate
from external_test import bridged as bridged_space
from reviewed import ReviewedTest
from served import DOORWARD, PATIENCE, REALM, user

AWAY = "team1-away"
LOGINS_BEFORE = 100  # that the storm has finished when the signal comes


class Client(threading.Thread):
    """One login, or one after another until nobody listens, of which each releases `counter`. `heard` has what came of
    each: (realm, user, outcome)."""

    def __init__(self, address, realm, user, password, counter=None):
        super().__init__(daemon=True)
        self.address, self.realm, self.user, self.counter = address, realm, user, counter
        self.message = f"\0{user}\0{password}".encode()
        self.begun, self.heard, self.unfinished = threading.Event(), [], []

    def run(self):
        while self.log_in() and self.counter:
            self.counter.release()

    def log_in(self):
        """False where nobody listens."""
        begun = False
        try:
            with Delegate(self.address) as delegate:
                delegate.mechanisms()
                delegate.begin("PLAIN", self.message, self.realm)
                begun = True
                self.begun.set()
                code, fields = delegate.read_frame()
                assert code == 0x44, fields
                if fields[0] == 0:
                    assert "authenticated-identity" in delegate.open()
                self.heard.append((self.realm, self.user, OUTCOMES[fields[0]]))
                return True
        except ConnectionRefusedError:
            return False
        except (ConnectionError, EOFError, AssertionError) as error:
            # It waited in the kernel when the listener closed; nobody had said a word to it.
            if begun:
                self.unfinished.append((self.realm, self.user, repr(error)))
            return True


class StormEndTest(ReviewedTest):
    def setUp(self):
        super().setUp()
        self.audit = self.folder / "audit"
        self.stopping = threading.Event()
        self.write("more.yaml", user("victim", "right") + bridged_space(
            {"plugin": {"name": "broken", "config": {"break": "never"}}, "timeoutSeconds": 5}))

    def answer_late(self, handler):
        """Not before doorward is ending."""
        self.stopping.wait(PATIENCE)
        handler.answer(201, json.dumps(review(authenticated(ROBOT))).encode())

    def serve_for_the_storm(self):
        config = self.folder / "doorward.yaml"
        config.write_text(json.dumps({"tokenReview": {"server": self.api.url, "ca": str(self.api.ca), "timeout": "9s"},
                                      "limits": {"drainTimeout": "30s", "closeTimeout": "30s"}}))
        return self.serve("--config", config, "--audit", self.audit)

    def test_in_a_storm_what_was_begun_is_finished_and_told_to_the_audit(self):
        served = self.serve_for_the_storm()
        address, finished = served.addresses["amqp"], threading.Semaphore(0)
        self.api.answers.update({f"slow-{number}": self.answer_late for number in range(40)})
        guessers = [Client(address, REALM, "victim", f"wrong-{number}") for number in range(60)]
        bridged = [Client(address, AWAY, f"zoe{number}", "x") for number in range(40)]
        reviewed = [Client(address, REALM, ROBOT, f"slow-{number}") for number in range(40)]
        storm = [Client(address, REALM, "alice", "x", finished) for _ in range(160)]
        clients = guessers + bridged + reviewed + storm
        for client in storm:
            client.start()
        for _ in range(LOGINS_BEFORE):
            self.assertTrue(finished.acquire(timeout=PATIENCE))
        for client in guessers + bridged + reviewed:
            client.start()
        for client in guessers + bridged + reviewed:
            self.assertTrue(client.begun.wait(PATIENCE))
        served.signal(signal.SIGTERM)
        served.wait_for("stopping")
        self.stopping.set()
        for client in clients:
            client.join(PATIENCE)
            self.assertFalse(client.is_alive())
        self.assertEqual(0, served.wait())
        self.assertEqual([], [fault for client in clients for fault in client.unfinished])

        heard = collections.Counter(one for client in clients for one in client.heard)
        self.assertTrue({"sys-temp"} <= self.outcomes_of(heard, "victim") <= {"auth", "sys-temp"}, heard)
        self.assertTrue({"ok"} <= self.outcomes_of(heard, ROBOT) <= {"ok", "sys-temp"}, heard)
        self.assertEqual({"sys-temp"}, self.outcomes_of(heard, "zoe0"))
        self.assertIn("ok", self.outcomes_of(heard, "alice"))
        told = [json.loads(line) for line in self.audit.read_text().splitlines()]
        logins = [event for event in told if event["event"] == "login"]
        self.assertEqual(len(logins), len({event["login"] for event in logins}))
        lines = collections.Counter((event["realm"], event["user"], event["outcome"].replace("_", "-"))
                                    for event in logins if event["outcome"] != "aborted")
        self.assertEqual(collections.Counter(), heard - lines, "heard and not in the audit")
        self.assertEqual(collections.Counter(), lines - heard, "in the audit and heard by nobody")
        verified = subprocess.run([DOORWARD, "audit", "verify", "--data-dir", self.data, self.audit],
                                  capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(0, verified.returncode, verified.stdout + verified.stderr)

    @staticmethod
    def outcomes_of(heard, name):
        return {outcome for _, who, outcome in heard if who == name}


if __name__ == "__main__":
    import unittest
    unittest.main()
