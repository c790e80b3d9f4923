"""`doorward serve` is asked to end, or has less room than it wants."""
import json
import resource
import signal
import threading
import unittest

from delegate import Delegate
from served import PATIENCE, REALM, ServedTest, service, space, user


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

    def test_under_load_what_was_begun_is_finished_and_told_to_the_audit(self):
        audit = self.folder / "audit"
        served = self.serve("--audit", audit)
        address, unfinished, finished, done = served.addresses["amqp"], [], [], threading.Semaphore(0)

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
                        finished.append(address)
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
        told = [event for event in map(json.loads, audit.read_text().splitlines()) if event.get("outcome") == "ok"]
        self.assertEqual(len(finished), len(told))

    def test_an_apply_of_many_passwords_does_not_hold_up_the_end(self):
        config = self.folder / "doorward.yaml"
        config.write_text("credentials: {iterations: 100000}\n")
        served = self.serve("--config", config)
        _, line = served.wait_for("listening")
        # Minutes of PBKDF2, so that it is under way when the signal comes.
        self.write("many.yaml", "".join(user(f"user{i}", "x") for i in range(5_000)))
        served.signal(signal.SIGHUP)
        served.wait_for("configuration reread", line)
        served.signal(signal.SIGTERM)
        self.assertEqual(0, served.wait())
        self.assertIn("resources not applied: the service is ending", served.log)

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

if __name__ == "__main__":
    unittest.main()
