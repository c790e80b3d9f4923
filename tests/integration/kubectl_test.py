"""The REST API as kubectl uses it: with the first administrator's kubeconfig, and with a token of a team's own."""
import json
import subprocess
import unittest

from kubectls import kubectl
from served import DOORWARD, PATIENCE, ServedTest, service, space, user

TEAM = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: users, namespace: team1}
rules:
- {apiGroups: [user.enmasse.io], resources: [messagingusers], verbs: [get, list, create, patch, delete]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: users, namespace: team1}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: users}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: team1}
"""
REVIEW = """
apiVersion: user.enmasse.io/v1beta1
kind: AddressAccessReview
spec: {addressSpace: shop, username: alice, operation: send, address: orders/new}
"""


class KubectlTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.served = self.serve("--https", "127.0.0.1:0", resources=False)
        code, _, error = self.kubectl("apply", "-f", "-", stdin=service() + space())
        self.assertEqual(0, code, error)

    def kubectl(self, *arguments, stdin=None, token=None):
        """Exit code, output and error of one call, as the administrator or with a token."""
        other = [] if token is None else ["--token", token]
        done = subprocess.run([kubectl(), "--kubeconfig", self.data / "admin.kubeconfig", "--cache-dir",
                               self.folder / "cache", *other, *arguments], input=stdin, text=True,
                              capture_output=True, timeout=PATIENCE)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def create_token(self, *arguments):
        done = subprocess.run([DOORWARD, "token", "create", "--data-dir", self.data, *arguments], text=True,
                              capture_output=True, timeout=PATIENCE, check=True)
        self.served.wait_for("tokens reread")
        return done.stdout.strip()

    def test_the_administrator_applies_a_user_and_reads_it_without_its_password(self):
        code, out, error = self.kubectl("apply", "-f", "-", stdin=user("alice", "wonderland"))
        self.assertEqual((0, "messaginguser.user.enmasse.io/shop.alice created"), (code, out), error)
        code, out, error = self.kubectl("apply", "-f", "-", stdin=user("alice", "wonderland"))
        self.assertEqual(0, code, error)
        code, out, error = self.kubectl("get", "messagingusers", "-n", "team1")
        self.assertEqual(0, code, error)
        self.assertRegex(out, r"NAME +USERNAME +TYPE +PHASE +AGE\nshop\.alice +alice +password +Active ")
        code, out, _ = self.kubectl("get", "messaginguser", "shop.alice", "-n", "team1", "-o", "json")
        self.assertEqual("alice", json.loads(out)["spec"]["username"])
        self.assertNotIn("password", json.loads(out)["spec"]["authentication"])
        self.assertEqual((0, "yes"), self.kubectl("auth", "can-i", "delete", "addressspaces", "-A")[:2])
        code, out, error = self.kubectl("auth", "whoami", "-o", "json")
        self.assertEqual(0, code, error)
        self.assertIn("system:masters", json.loads(out)["status"]["userInfo"]["groups"])
        code, out, error = self.kubectl("create", "-n", "team1", "-o", "json", "-f", "-", stdin=REVIEW)
        self.assertEqual(0, code, error)
        self.assertTrue(json.loads(out)["status"]["allowed"])

    def test_what_is_wrong_with_who_asks_is_said_in_words_that_kubectl_shows(self):
        code, _, error = self.kubectl("get", "messagingusers", "-n", "team1", "--as", "somebody")
        self.assertEqual(1, code)
        self.assertIn("(Forbidden): nobody can be impersonated here: leave out --as", error)
        code, _, error = self.kubectl("get", "messagingusers", "-n", "team1", token="somebody's")
        self.assertEqual(1, code)
        self.assertIn("You must be logged in to the server (Unauthorized: the token is not known here)", error)

    def test_a_team_may_in_its_namespace_what_its_role_says_and_nothing_elsewhere(self):
        code, _, error = self.kubectl("apply", "-f", "-", stdin=TEAM)
        self.assertEqual(0, code, error)
        token = self.create_token("--name", "ann", "--group", "team1")

        code, out, error = self.kubectl("apply", "-f", "-", stdin=user("alice", "wonderland"), token=token)
        self.assertEqual((0, "messaginguser.user.enmasse.io/shop.alice created"), (code, out), error)
        self.assertEqual(0, self.kubectl("get", "messagingusers", "-n", "team1", token=token)[0])
        for answer, verb, namespace in [("yes", "create", "team1"), ("no", "update", "team1"),
                                        ("no", "create", "team2")]:
            code, out, _ = self.kubectl("auth", "can-i", verb, "messagingusers", "-n", namespace, token=token)
            self.assertEqual((0 if answer == "yes" else 1, answer), (code, out), (verb, namespace))

        elsewhere = user("eve", "wonderland", namespace="team2")
        code, _, error = self.kubectl("apply", "-f", "-", stdin=elsewhere, token=token)
        self.assertEqual(1, code)
        self.assertIn('User "ann" cannot get resource "messagingusers" in API group "user.enmasse.io" in the '
                      'namespace "team2"', error)
        for arguments in [["messagingusers", "-A"], ["addressspaces", "-n", "team1"],
                          ["roles", "-n", "team1"]]:
            code, _, error = self.kubectl("get", *arguments, token=token)
            self.assertEqual(1, code, arguments)
            self.assertIn("Error from server (Forbidden)", error)
        code, _, error = self.kubectl("create", "rolebinding", "more", "--clusterrole=cluster-admin", "--group=team1",
                                      "-n", "team1", token=token)
        self.assertEqual(1, code)
        self.assertIn("attempting to grant RBAC permissions not currently held", error)


if __name__ == "__main__":
    unittest.main()
