"""The clock jumps an hour forth and back under a running `doorward serve` (libfaketime): logins under way, deadlines, the
memory of reviewed tokens and all counters go on as if nothing had been; whoever guesses passwords is slowed down no less,
and nobody has to wait for an hour."""
import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from api_server import ROBOT, authenticated, review
from delegate import Delegate, Refused, login
from rest_api import RestApi
from reviewed import ReviewedTest
from served import DOORWARD, PATIENCE, PLAN, REALM, space, user

LIBRARIES = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
# Ten wrong ones are answered at once, and each further one two seconds later than the one before.
GUESSES = 20
USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"


def limited_space(name, logins_per_second):
    """An address space with a user and a plan of its own."""
    plan = PLAN.split("---")[-1].replace("name: small", f"name: {name}", 1)
    return ("---" + plan.replace("{broker: 1.0}", f"{{broker: 1.0, logins-per-second: {logins_per_second}}}") +
            space(name).replace("plan: small", f"plan: {name}") + user("alice", "x", name))


@unittest.skipUnless(LIBRARIES, "faketime is not installed: see deploy/setup tests")
class ClockTest(ReviewedTest):
    def setUp(self):
        super().setUp()
        self.clock = self.folder / "clock"
        self.audit = self.folder / "audit"
        self.jump("+0")

    def jump(self, offset):
        """To so many seconds off the real time; the monotonic clock never jumps."""
        fresh = self.folder / "clock.new"
        fresh.write_text(offset + "\n")
        fresh.rename(self.clock)

    def serve_with_clock(self, **reviews):
        config = self.folder / "doorward.yaml"
        config.write_text(json.dumps({"tokenReview": {"server": self.api.url, "ca": str(self.api.ca), "timeout": "4s", **reviews},
                                      "limits": {"loginTimeout": "5s"}}))
        return self.serve("--config", config, "--log-level", "debug", "--https", "127.0.0.1:0", "--audit", self.audit, env=os.environ | {
            "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    def outcome(self, realm, password):
        try:
            login(self.running[-1].addresses["amqp"], "PLAIN", realm, "alice", password)
            return "ok"
        except Refused as refused:
            return str(refused)

    def token(self, name, ends):
        """Which ends so many seconds off the real time, by its own word."""
        claims = base64.urlsafe_b64encode(json.dumps({"sub": ROBOT, "jti": name, "exp": int(time.time()) + ends}).encode())
        return f"e30.{claims.rstrip(b'=').decode()}.{name}"

    def bring(self, token, knows):
        """What becomes of a login with it, and how often the API server, which knows it or not, is asked about it."""
        before = len(self.api.asked)
        self.api.answers[token] = review(authenticated(ROBOT) if knows else {"authenticated": False})
        try:
            login(self.running[-1].addresses["amqp"], "PLAIN", REALM, ROBOT, token)
            said = "ok"
        except Refused as refused:
            said = str(refused)
        return said, len(self.api.asked) - before

    def events(self):
        return [json.loads(line) for line in self.audit.read_text().splitlines()]

    def test_an_hour_forth_and_back_breaks_no_deadline_no_memory_and_no_counter(self):
        served = self.serve_with_clock(timeout="2s")
        address = served.addresses["amqp"]
        with RestApi(self.data) as api:
            for number, offset in enumerate(["+0", "+3600", "-3600", "+3600", "+0"]):
                with self.subTest(offset=offset, number=number), Delegate(address) as delegate:
                    delegate.mechanisms()
                    self.jump(offset)
                    delegate.begin("PLAIN", b"\0alice\0x", REALM)
                    code, fields = delegate.read_frame()
                    self.assertEqual((0x44, 0), (code, fields[0]), "a login over the jump")
                    self.assertEqual("alice", delegate.open()["authenticated-identity"]["sub"])
                    self.assertTrue(login(address, "SCRAM-SHA-256", REALM, "alice", "x"))
                    self.assertTrue(login(address, "PLAIN", REALM, ROBOT, "good"))
                    self.assertEqual(1, len(self.api.asked), "the token is remembered")
                    made = {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser",
                            "metadata": {"name": f"shop.u{number}"},
                            "spec": {"username": f"u{number}", "authentication": {"type": "federated"}}}
                    self.assertEqual(201, api.ask("POST", USERS, made)[0])
            self.jump("-3600")
            # Whoever says nothing has five seconds, not an hour more.
            host, port = address.rsplit(":", 1)
            with socket.create_connection((host, int(port)), timeout=PATIENCE) as silent:
                self.assertEqual(b"", silent.recv(1))
            versions = [int(user["metadata"]["resourceVersion"]) for user in api.ask("GET", USERS)[1]["items"]
                        if user["metadata"]["name"].startswith("shop.u")]
        self.assertEqual(versions, sorted(set(versions)))
        self.assertEqual(0, served.stop())
        events = self.events()
        hours = {event["time"][:13] for event in events}
        self.assertGreaterEqual(len(hours), 3, "the clock has jumped")
        numbers = [event["login"] for event in events if event["event"] == "login"]
        self.assertEqual(len(numbers), len(set(numbers)))
        took = [float(ms) for ms in re.findall(r"login outcome=\S+ .* ms=(\S+)", served.log)]
        self.assertEqual(len(numbers), len(took))
        self.assertTrue(all(0 <= ms < 60_000 for ms in took), took)
        self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
        verified = subprocess.run([DOORWARD, "audit", "verify", "--data-dir", self.data, self.audit],
                                  capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(0, verified.returncode, verified.stdout + verified.stderr)

    def test_a_start_two_days_back_keeps_the_authority_that_clients_trust(self):
        self.assertEqual(0, self.serve_with_clock().stop())
        authority = (self.data / "tls" / "ca.crt").read_bytes()
        self.jump(str(-2 * 86_400))
        back = self.serve_with_clock()
        self.assertEqual(0, back.stop())
        self.assertIn("set the clock right", back.log)
        self.jump("+0")
        self.serve_with_clock()
        self.assertEqual(authority, (self.data / "tls" / "ca.crt").read_bytes())
        with RestApi(self.data) as api:
            self.assertEqual(200, api.ask("GET", USERS)[0])

    def test_a_token_that_has_expired_gets_in_by_no_memory_and_a_good_one_is_kept_out_by_none(self):
        # An hour ahead, so that the API server's certificate is good an hour before that, too.
        now, later, earlier = "+3600", "+7200", "+0"
        self.jump(now)
        served = self.serve_with_clock(rememberFor="1h", rememberFailuresFor="1s")
        # Half an hour is left to it, less than it would be remembered.
        token = self.token("short", 3600 + 1800)
        self.assertEqual(("ok", 1), self.bring(token, knows=True))
        self.assertEqual(("ok", 0), self.bring(token, knows=False), "it is remembered")
        for _ in range(2):
            self.jump(later)
            self.assertEqual(("auth", 1), self.bring(token, knows=False), "it has expired, and the API server says so")
            served.wait_for(" login .*reason=token_expired ")
            self.jump(now)
            # It was a clock that was wrong for a while: what was right is right.
            self.assertEqual(("ok", 0), self.bring(token, knows=True))
            self.jump(earlier)
            self.assertEqual(("ok", 0), self.bring(token, knows=True))
            self.jump(later)
            self.assertEqual("ok", self.until_asked(token, knows=True), "whose clock is wrong, the API server knows")

        # Expired by a clock that is wrong, good by the API server's: it gets in, and nothing is remembered meanwhile.
        token = self.token("good", 3600 + 1800)
        for _ in range(2):
            self.assertEqual(("ok", 1), self.bring(token, knows=True))
        self.jump(now)
        self.assertEqual(("ok", 1), self.bring(token, knows=True))
        self.assertEqual(("ok", 0), self.bring(token, knows=True))

        # One that was bad is asked about again soon, to whichever side the clock jumps.
        for number, offset in enumerate([later, now, earlier]):
            token = self.token(f"bad{number}", 3600 + 1800)
            self.assertEqual(("auth", 1), self.bring(token, knows=False))
            self.jump(offset)
            self.assertEqual("ok", self.until_asked(token, knows=True))
        self.assertEqual(0, served.stop())

    def test_a_clock_that_goes_back_makes_no_memory_of_a_token_longer(self):
        self.jump("+3600")
        served = self.serve_with_clock(rememberFor="1s")
        token = self.token("long", 3600 + 86_400)
        self.assertEqual(("ok", 1), self.bring(token, knows=True))
        self.jump("+0")
        self.assertEqual("auth", self.until_asked(token, knows=False))
        self.assertEqual(0, served.stop())

    def until_asked(self, token, knows):
        """What becomes of a login with it once it is asked about again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            said, asked = self.bring(token, knows)
            if asked:
                return said
            self.assertLess(time.monotonic(), deadline, "nobody is asked")

    def test_an_hour_forth_and_back_frees_no_guesser_and_holds_up_nobody_for_so_long(self):
        # One login in a quarter of an hour, and ten in a second.
        self.write("limited.yaml", PLAN + limited_space("seldom", 0.001) + limited_space("often", 10))
        served = self.serve_with_clock()
        self.assertEqual("ok", self.outcome("team1-seldom", "x"))
        with ThreadPoolExecutor(GUESSES) as guessers:
            wrong = list(guessers.map(lambda number: self.outcome(REALM, f"wrong {number}"), range(GUESSES)))
        self.assertEqual({"auth", "sys-temp"}, set(wrong), "beyond the login's five seconds")
        for offset in ["+3600", "-3600", "+0"]:
            with self.subTest(offset):
                self.jump(offset)
                # At once, so that time alone frees none of them.
                with ThreadPoolExecutor(5) as clients:
                    held = [clients.submit(self.outcome, *who) for who in
                            [(REALM, f"wrong {offset} 1"), (REALM, f"wrong {offset} 2"), ("team1-seldom", "x")]]
                    let_in = [clients.submit(self.outcome, *who) for who in [(REALM, "x"), ("team1-often", "x")]]
                self.assertEqual(["sys-temp"] * 3, [future.result() for future in held])
                self.assertEqual(["ok"] * 2, [future.result() for future in let_in])
        self.assertEqual(0, served.stop())


if __name__ == "__main__":
    unittest.main()
