"""A tenant who may write users and address spaces in a namespace of his own turns them against the folder of resources: he
keeps none of its deletions from happening, and takes none of its objects out of its hands."""
import signal
import subprocess
import unittest

from delegate import Refused, login
from rest_api import RestApi
from served import DOORWARD, PATIENCE, REALM, ServedTest, service, space, user

MAY_EDIT = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: tom, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "enmasse.io:tenant-edit"}}
subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: tom}}]
"""
BASE = service() + space() + MAY_EDIT.format(namespace="team1") + MAY_EDIT.format(namespace="t2")
USERS = "/apis/user.enmasse.io/v1beta1/namespaces/team1/messagingusers"
MERGE = "application/merge-patch+json"


class FolderTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", BASE + user("alice", "x") + user("mallory", "x"))
        self.served = self.serve("--https", "127.0.0.1:0")
        made = subprocess.run([DOORWARD, "token", "create", "--data-dir", self.data, "--name", "tom"], check=True,
                              text=True, capture_output=True, timeout=PATIENCE)
        _, self.line = self.served.wait_for("tokens reread")
        self.tom = RestApi(self.data, made.stdout.strip())
        self.addCleanup(self.tom.connection.close)

    def ask_as_tom(self, expected, *request):
        status, body, _ = self.tom.ask(*request)
        self.assertEqual(expected, status, body)
        return body

    def wait_for(self, pattern):
        _, self.line = self.served.wait_for(pattern, self.line)

    def can_log_in(self, name):
        try:
            login(self.served.addresses["amqp"], "PLAIN", REALM, name, "x")
            return True
        except Refused:
            return False

    def user(self, name, username):
        return {"apiVersion": "user.enmasse.io/v1beta1", "kind": "MessagingUser", "metadata": {"name": name},
                "spec": {"username": username, "authentication": {"type": "password", "password": "eQ=="}}}

    def test_a_taken_username_does_not_keep_another_user_from_being_deleted(self):
        self.ask_as_tom(200, "PATCH", f"{USERS}/shop.alice", {"spec": {"username": "alice2"}}, MERGE)
        self.ask_as_tom(201, "POST", USERS, self.user("shop.squat", "alice"))
        self.write("all.yaml", BASE + user("alice", "x"))
        self.served.signal(signal.SIGHUP)
        self.wait_for("error resources held back .*all.yaml:.*team1/shop.alice.*team1/shop.squat")
        self.wait_for("info resources applied .*deleted=1 .*held_back=1")
        self.assertFalse(self.can_log_in("mallory"))
        self.ask_as_tom(200, "DELETE", f"{USERS}/shop.squat")
        self.served.signal(signal.SIGHUP)
        self.wait_for("info resources applied .*changed=1 .*held_back=0")
        self.assertTrue(self.can_log_in("alice"))

    def test_nor_does_a_taken_realm(self):
        self.ask_as_tom(201, "POST", "/apis/enmasse.io/v1beta1/namespaces/t2/addressspaces",
                        {"apiVersion": "enmasse.io/v1beta1", "kind": "AddressSpace", "metadata": {"name": "deep-x"},
                         "spec": {"type": "standard", "plan": "small"}})
        self.write("all.yaml", BASE + user("alice", "x") + space("x", "t2-deep"))
        self.served.signal(signal.SIGHUP)
        self.wait_for("error resources held back .*AddressSpace t2-deep/x: .*AddressSpace t2/deep-x")
        self.wait_for("info resources applied .*deleted=1 .*held_back=1")
        self.assertFalse(self.can_log_in("mallory"))

    def test_a_label_that_a_tenant_takes_off_does_not_keep_a_user(self):
        self.ask_as_tom(200, "PATCH", f"{USERS}/shop.mallory", {"metadata": {"labels": None}}, MERGE)
        self.write("all.yaml", BASE + user("alice", "x"))
        self.served.signal(signal.SIGHUP)
        self.wait_for("info resources applied .*deleted=1 ")
        self.assertFalse(self.can_log_in("mallory"))


if __name__ == "__main__":
    unittest.main()
