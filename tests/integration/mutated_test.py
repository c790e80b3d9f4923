"""A mutator that drives the real server over sockets: good exchanges of each service type (none, standard, and external
through the bridges relay and example), with and without TLS, and good requests to the HTTPS and the health port, changed as
mutations.py says. Whatever comes, the process lives, each answer is a documented one (answers.py, http_answers.py), nobody gets
in who has not shown the password or the token, good logins go on, connections and descriptors are back at the end, and
memory has stayed within a bound.

DOORWARD_MUTATOR_SEED replays a run, DOORWARD_MUTATOR_SECONDS makes it longer."""
import collections
import contextlib
import os
import pathlib
import random
import subprocess
import threading
import time
import unittest

from conversation import play_mutated
from delegate import SCRAM, Refused, login
from exchanges import RIGHTS, USERS, password_of
from http_answers import play_mutated_request
from rest_api import RestApi
from scraped import HealthServedTest
from served import PATIENCE, PLAN, Served, sanitized, self_signed, service, space, user

SEED = os.environ.get("DOORWARD_MUTATOR_SEED") or str(random.randrange(2 ** 32))
SECONDS = float(os.environ.get("DOORWARD_MUTATOR_SECONDS", 0))
INPUTS, REQUESTS = 2_000, 1_000  # where no seconds are given
# MiB: half a frame of 16 KiB for each of so many inputs, or all that may be kept on purpose however many there are: names that
# nobody has (16,384 of 700 bytes), accounts that were guessed and wrong passwords. What 16 peers have under way is less
# than a tenth of it.
ROOM = 16
THREADS = 16

BRIDGE = """
---
apiVersion: admin.enmasse.io/v1beta1
kind: AuthenticationService
metadata: {{name: {name}, namespace: enmasse-infra}}
spec: {{type: external, external: {external}}}
"""


class MutatedTest(HealthServedTest):
    def setUp(self):
        super().setUp()
        users = [f"user{number}" for number in range(USERS)]
        hashed = subprocess.run(["openssl", "passwd", "-5", "-stdin"], input="".join(f"{password_of(name)}\n" for name in users),
                                check=True, capture_output=True, text=True).stdout.split()
        passwords = self.folder / "secrets/enmasse-infra/passwords"
        passwords.mkdir(parents=True)
        (passwords / "users").write_text("".join(f"{name}:{hash}:orders/*\n" for name, hash in zip(users, hashed)))

        others = self.folder / "others"
        others.mkdir()
        (others / "all.yaml").write_text(
            service() + space("away") + "".join(user(name, password_of(name), space="away") for name in users))
        # Other iterations would make the start long.
        config = self.folder / "doorward.yaml"
        config.write_text("credentials: {iterations: 4096}\nlimits: {loginTimeout: 2s}\n")
        self.running.append(Served("--config", config, "--data-dir", self.folder / "other-data", "--resources", others,
                                   "--amqp", "127.0.0.1:0"))
        host, port = self.running[-1].wait_until_listening().addresses["amqp"].rsplit(":", 1)

        self.write("all.yaml", service() + "---" + service("anybody", "none") + PLAN + space() +
                   space("free", service="anybody") + "".join(user(name, password_of(name)) for name in users) +
                   BRIDGE.format(name="relayed", external=f"{{host: {host}, port: {port}, timeoutSeconds: 1}}") +
                   BRIDGE.format(name="example", external="{plugin: {name: example}, timeoutSeconds: 1}") +
                   space("away", service="relayed") + space("near", service="example"))
        flags, self.tls = self_signed(self.folder)
        self.served = self.serve_with_health("--config", config, "--secrets", self.folder / "secrets", "--amqps", "127.0.0.1:0",
                                             "--https", "127.0.0.1:0", *flags,
                                             # Else it tells nobody but root what it has open.
                                             env=os.environ | {"DOORWARD_CORE_DUMPS": "allow"})
        addresses = self.served.wait_until_listening().addresses
        self.plain, self.secure = addresses["amqp"], addresses["amqps"]
        self.faults, self.outcomes, self.count, self.lock = [], collections.Counter(), 0, threading.Lock()

    def sockets(self):
        """Of the process; the store's files are opened by each thread when it first needs them."""
        count, folder = 0, f"/proc/{self.served.process.pid}/fd"
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                count += os.readlink(f"{folder}/{name}").startswith("socket:")
        return count

    def memory(self, field):
        """MiB."""
        status = pathlib.Path(f"/proc/{self.served.process.pid}/status").read_text()
        return int(status.split(field + ":")[1].split()[0]) / 1024

    def work(self, play, inputs, until):
        while not self.faults and self.served.process.poll() is None:
            with self.lock:
                if self.count >= inputs and time.monotonic() >= until:
                    return
                number, self.count = self.count, self.count + 1
            try:
                outcome = play(random.Random(f"{SEED}:{number}"))
            except Exception as fault:
                self.faults.append(f"input {number} of seed {SEED}: {fault!r}")
                return
            with self.lock:
                self.outcomes[outcome] += 1

    def good_logins(self):
        for address, tls in [(self.plain, None), (self.secure, self.tls)]:
            self.assertTrue(login(address, "ANONYMOUS", "team1-free", tls=tls, server_name="doorward.test"))
            for realm, mechanisms in [("shop", ["PLAIN", *SCRAM]), ("near", ["PLAIN"]), ("away", ["PLAIN", *SCRAM])]:
                for mechanism in mechanisms:
                    found = self.good_login(address, tls, mechanism, f"team1-{realm}")
                    self.assertEqual(("user0", RIGHTS), (found["authenticated-identity"]["sub"], found["address-authz"]))

    def good_login(self, address, tls, mechanism, realm):
        """Where the account was guessed, it may be held back for a while."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return login(address, mechanism, realm, "user0", password_of("user0"), tls, "doorward.test")
            except Refused as refused:
                self.assertEqual("sys-temp", str(refused))
                self.assertLess(time.monotonic(), deadline)

    def play(self, play, inputs):
        self.wait_until_ready()
        self.good_logins()
        self.wait_until_all_are_gone()
        # Whatever the start took counts no more.
        pathlib.Path(f"/proc/{self.served.process.pid}/clear_refs").write_text("5")
        sockets, peak, began = self.sockets(), self.memory("VmHWM"), time.monotonic()
        threads = [threading.Thread(target=self.work, args=[play, inputs, began + SECONDS]) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        crashes = 0 if self.served.process.poll() is None else 1
        print(f"seed {SEED}: {self.count} inputs in {time.monotonic() - began:.1f} s, {crashes} crashes, {len(self.faults)} undocumented "
              f"answers; {dict(self.outcomes.most_common())}")
        # The faults again behind the log: a record of the tests keeps the end of what they say.
        self.assertEqual(([], 0), (self.faults, crashes), "\n".join([self.served.log[-10_000:], *self.faults]))
        self.good_logins()
        self.wait_until_all_are_gone()
        deadline = time.monotonic() + PATIENCE
        while self.sockets() > sockets:
            self.assertLess(time.monotonic(), deadline, f"{sockets} sockets before, {self.sockets()} after")
        memory = (f"memory: {peak:.1f} MiB before, {self.memory('VmRSS'):.1f} MiB after, {self.memory('VmHWM'):.1f} MiB at most")
        print(memory)
        # A sanitizer keeps what was freed, and has shadows of it.
        if not sanitized():
            self.assertLess(self.memory("VmHWM") - peak, ROOM, memory)
        self.assertIn(self.sample('doorward_login_reasons_total{reason="internal"}'), (None, 0))
        self.assertNotIn("session failed", self.served.log)
        self.assertNotIn("request failed", self.served.log)
        self.assertEqual(0, self.served.stop())

    def test_whatever_is_made_of_good_exchanges_gets_a_documented_answer_and_lets_nobody_in(self):
        self.play(lambda chosen: play_mutated(chosen, self.plain, self.secure, self.tls), INPUTS)

    def test_whatever_is_made_of_good_requests_gets_a_documented_status_and_lets_nobody_in(self):
        with RestApi(self.data) as api:
            token = api.token
        doors = [(self.served.addresses["https"], self.tls), (self.health, None)]
        self.play(lambda chosen: play_mutated_request(chosen, *chosen.choice(doors), token), REQUESTS)

    def wait_until_all_are_gone(self):
        for state in ["opening", "login", "closing"]:
            self.wait_for_sample(f'doorward_connections{{state="{state}"}}', 0)


if __name__ == "__main__":
    unittest.main()
