"""The REST API as @kubernetes/client-node uses it: every verb, and an informer that a restart of the server does not lead
astray. It closes each connection, deletes without a body, and patches by JSON patch unless it is told otherwise."""
import json
import pathlib
import queue
import subprocess
import sys
import threading
import unittest

import clients

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from served import PATIENCE, ServedTest, service, space  # noqa: E402


def user(name):
    return {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": f"shop.{name}"},
            "spec": {"username": name, "authentication": {"type": "federated"}}}


class KubernetesClient:
    """The process: answers to calls in their order, events as they come."""

    def __init__(self, command, kubeconfig):
        self.process = subprocess.Popen([*map(str, command), kubeconfig], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.answers, self.events = queue.Queue(), queue.Queue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            (self.answers if "call" in told else self.events).put(told)

    def call(self, call, **arguments):
        self.process.stdin.write(json.dumps({"call": call, **arguments}) + "\n")
        self.process.stdin.flush()
        return self.answers.get(timeout=PATIENCE)

    def event(self, *wanted):
        """The next one of these."""
        while True:
            told = self.events.get(timeout=PATIENCE)
            if told["event"] in wanted:
                return told["event"], told.get("name")

    def end(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()


class KubernetesTest(ServedTest):
    @classmethod
    def setUpClass(cls):
        cls.command = clients.had(clients.kubernetes)

    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + space())
        self.served = self.serve("--https", "127.0.0.1:0")
        self.client = KubernetesClient(self.command, self.data / "admin.kubeconfig")
        self.addCleanup(self.client.end)
        self.client.event("connect")

    def answer(self, call, **arguments):
        told = self.client.call(call, **arguments)
        self.assertIn("answer", told, told)
        return told["answer"]

    def test_every_verb_and_an_informer_over_a_restart(self):
        change = "add", "update", "delete"
        self.assertEqual([], self.answer("list"))
        for name in ["alice", "bob"]:
            self.assertEqual(f"shop.{name}", self.answer("create", user=user(name)))
            self.assertEqual(("add", f"shop.{name}"), self.client.event(*change))
        self.assertEqual(409, self.client.call("create", user=user("alice"))["code"])
        patch = [{"op": "add", "path": "/metadata/labels", "value": {"a": "1"}}]
        self.assertEqual({"a": "1"}, self.answer("patch", name="shop.alice", patch=patch))
        self.assertEqual(("update", "shop.alice"), self.client.event(*change))
        self.assertEqual("Success", self.answer("delete", name="shop.bob"))
        self.assertEqual(("delete", "shop.bob"), self.client.event(*change))
        self.assertEqual(404, self.client.call("delete", name="shop.bob")["code"])

        address = self.served.addresses["https"]
        self.assertEqual(0, self.served.stop())
        self.served = self.serve("--https", address)
        self.client.event("connect")
        self.assertEqual("shop.eve", self.answer("create", user=user("eve")))
        self.assertEqual(("add", "shop.eve"), self.client.event(*change), "what it knows already is not told again")
        self.assertEqual(["shop.alice", "shop.eve"], self.answer("list"))
        self.assertEqual("Success", self.answer("deleteAll"))
        self.assertEqual({("delete", "shop.alice"), ("delete", "shop.eve")},
                         {self.client.event(*change), self.client.event(*change)})


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    if result.skipped and result.wasSuccessful():
        print(f"skipped: {result.skipped[-1][1]}")
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
