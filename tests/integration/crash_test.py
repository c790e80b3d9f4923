"""kill -9 at random moments under a stream of REST writes with a watcher attached: what was acknowledged is there after
the restart, and the watcher, who goes on from where it was, misses nothing and sees nothing twice. In the end whoever
watches from the beginning hears the same, and what he hears adds up to what a list says.

DOORWARD_CRASH_ROUNDS: how many kills; 300 of them take some minutes."""
import http.client
import json
import os
import random
import threading
import unittest

from rest_api import RestApi
from served import PATIENCE, ServedTest, service, space

USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
ROUNDS = int(os.environ.get("DOORWARD_CRASH_ROUNDS", 20))
BROKEN = (OSError, http.client.HTTPException)  # what a killed server looks like


def version_of(thing):
    return int(thing["metadata"]["resourceVersion"])


class Writer(threading.Thread):
    """Makes users, and deletes every third of them, until the server is gone."""

    def __init__(self, data, prefix):
        super().__init__()
        self.api, self.prefix = RestApi(data), prefix
        self.acknowledged = []  # (name, version), in order; version 0: deleted
        self.deleting = None    # sent, and not acknowledged
        self.some = threading.Condition()
        self.refused = None

    def run(self):
        try:
            with self.api:
                number = 0
                while self.refused is None:
                    self.write(f"shop.{self.prefix}-{number}", number % 3 == 0)
                    number += 1
        except BROKEN:
            pass
        finally:
            with self.some:
                self.some.notify_all()

    def write(self, name, delete):
        user = {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": name},
                "spec": {"username": name, "authentication": {"type": "federated"}}}
        made = self.ask(201, "POST", USERS, user)
        if made:
            self.acknowledge(name, version_of(made))
        if made and delete:
            self.deleting = name
            if self.ask(200, "DELETE", f"{USERS}/{name}"):
                self.acknowledge(name, 0)

    def ask(self, expected, *request):
        status, answer, _ = self.api.ask(*request)
        if status == expected:
            return answer
        self.refused = f"{request}: {answer}"
        return None

    def acknowledge(self, name, version):
        with self.some:
            self.acknowledged.append((name, version))
            if version == 0:
                self.deleting = None
            self.some.notify_all()

    def wait_for(self, writes):
        with self.some:
            return self.some.wait_for(lambda: len(self.acknowledged) >= writes or self.refused, PATIENCE)


class Watcher(threading.Thread):
    """Goes on from a version, to the end of the stream or to another version."""

    def __init__(self, data, since, until=None):
        super().__init__()
        self.api, self.since, self.until = RestApi(data), since, until
        self.versions, self.fault = [], None
        self.there = {}  # what is left when all that was heard has happened, from names to versions

    def run(self):
        try:
            with self.api:
                self.watch(self.api.send("GET", f"{USERS}?watch=true&resourceVersion={self.since}"))
        except BROKEN:
            pass

    def watch(self, answer):
        if answer.status != 200:
            self.fault = answer.read().decode()
        while self.fault is None and not (self.versions and self.versions[-1] == self.until):
            line = answer.readline()
            if not line.endswith(b"\n"):  # it was cut: the rest comes again
                return
            event = json.loads(line)
            if event["type"] == "ERROR":
                self.fault = line.decode()
                return
            name, version = event["object"]["metadata"]["name"], version_of(event["object"])
            self.versions.append(version)
            if event["type"] == "DELETED":
                self.there.pop(name, None)
            else:
                self.there[name] = version


class CrashTest(ServedTest):
    def serve_writers(self):
        config = self.folder / "doorward.yaml"
        config.write_text("limits: {keptChanges: 1000000}\n")  # all of them, for who watches from the beginning
        self.serve("--config", config, "--https", "127.0.0.1:0", resources=False)

    def list(self):
        with RestApi(self.data) as api:
            _, found, _ = api.ask("GET", USERS)
        return version_of(found), {item["metadata"]["name"]: version_of(item) for item in found["items"]}

    def end(self, *threads):
        for thread in threads:
            thread.join(PATIENCE)
            self.assertFalse(thread.is_alive(), "it did not notice that the server is gone")

    def test_kill_at_any_moment_loses_no_acknowledged_write_and_no_event(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        self.write("all.yaml", service() + space())
        self.serve("--https", "127.0.0.1:0").stop()  # the service and the space: what follows writes users only
        self.serve_writers()
        first, before = self.list()
        self.assertEqual({}, before)
        seen, expected = [], {}
        for round in range(ROUNDS):
            with self.subTest(seed=seed, round=round):
                writer = Writer(self.data, f"r{round}")
                watcher = Watcher(self.data, first + len(seen))
                writer.start()
                watcher.start()
                writer.wait_for(chance.randint(1, 40))
                self.running[-1].process.kill()
                self.end(writer, watcher)
                self.running[-1].wait()
                self.assertIsNone(writer.refused)
                self.assertIsNone(watcher.fault)
                self.assertTrue(writer.acknowledged)
                seen += watcher.versions
                self.assertEqual(list(range(first + 1, first + 1 + len(seen))), seen)
                expected.update(writer.acknowledged)

                self.serve_writers()
                last, there = self.list()
                for name, version in expected.items():
                    # A deletion may have been committed without anybody being told.
                    if version == 0 or (name == writer.deleting and name not in there):
                        self.assertNotIn(name, there)
                        expected[name] = 0
                    else:
                        self.assertEqual(version, there.get(name), name)
        for heard in seen, []:
            watcher = Watcher(self.data, first + len(heard), until=last)
            if first + len(heard) < last:
                watcher.start()
                self.end(watcher)
            self.assertEqual(list(range(first + 1, last + 1)), heard + watcher.versions, f"seed {seed}")
        self.assertEqual(there, watcher.there, f"seed {seed}")
        print(f"{ROUNDS} kills: {len(expected)} acknowledged users, {last - first} changes, seed {seed}")


if __name__ == "__main__":
    unittest.main()
