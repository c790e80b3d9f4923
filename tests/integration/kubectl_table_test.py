"""What kubectl asks and what it must get, command by command, with the oldest and the newest kubectl and that of this
machine: each test goes through its commands with each of them, against a server of its own."""
import functools
import json
import os
import pathlib
import re
import subprocess
import unittest

from kubectls import every_kubectl, kubectl
from served import PATIENCE, ServedTest, space, user
from served import service as infrastructure_service

FEDERATED = """
---
apiVersion: user.enmasse.io/v1beta1
kind: MessagingUser
metadata:
  name: shop.{name}
  namespace: team1
  labels: {{role: buyer}}
spec:
  username: {name}
  authentication: {{type: federated, provider: openshift}}
  authorization:
  - {{addresses: [invoices], operations: [send, recv]}}
"""
DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
CREATED = "messaginguser.user.enmasse.io/shop.alice created"


def service():
    return infrastructure_service().replace("enmasse-infra", "team1")


def federated(name="alice"):
    return FEDERATED.format(name=name)


def with_each(test):
    @functools.wraps(test)
    def run(self):
        for which in every_kubectl():
            with self.subTest(kubectl=which):
                self.program, self.data = kubectl(which), self.folder / f"data-{which}"
                self.served = self.serve("--https", "127.0.0.1:0", resources=False)
                test(self)
                self.assertEqual(0, self.served.stop())
    return run


class KubectlTableTest(ServedTest):
    def command(self, *arguments, namespace="team1"):
        return [self.program, "--kubeconfig", self.data / "admin.kubeconfig", "--cache-dir", self.data / "cache",
                *(["--namespace", namespace] if namespace else []), *arguments]

    def kubectl(self, *arguments, stdin=None, code=0, namespace="team1", **environment):
        """What it prints, its warnings and errors behind it."""
        done = subprocess.run(self.command(*arguments, namespace=namespace), input=stdin, text=True, capture_output=True, timeout=PATIENCE,
                              env={**os.environ, **environment})
        said = "\n".join(filter(None, [done.stdout.strip(), done.stderr.strip()]))
        self.assertEqual(code, done.returncode, said)
        return said

    def names(self, *arguments):
        """Of the users that a `get` finds."""
        return re.findall(r"shop\.(\w+)", self.kubectl("get", "messagingusers", "-o", "name", *arguments))

    def seed(self, *more):
        return self.kubectl("create", "-f", "-", stdin=service() + space() + "".join(more))

    @with_each
    def test_version_and_discovery(self):
        # Behind it the old one warns of the new server.
        version = json.JSONDecoder().raw_decode(self.kubectl("version", "-o", "json"))[0]["serverVersion"]
        self.assertRegex(version["gitVersion"], r"^v1\.\d+\.0\+doorward\.")
        found = self.kubectl("api-resources", "--categories", "enmasse", "--no-headers", "-o", "name").split()
        for name in ["messagingusers.user.enmasse.io", "addressspaces.enmasse.io", "addresses.enmasse.io",
                     "authenticationservices.admin.enmasse.io", "addressspaceplans.admin.enmasse.io"]:
            self.assertIn(name, found)
        self.assertIn("rbac.authorization.k8s.io/v1", self.kubectl("api-versions").split())

    @with_each
    def test_get_in_all_its_ways(self):
        self.assertIn("No resources found", self.kubectl("get", "messagingusers"))
        self.seed(federated("alice"), federated("bob").replace("buyer", "seller"))
        self.assertRegex(self.kubectl("get", "messagingusers"),
                         r"^NAME +USERNAME +TYPE +PHASE +AGE\nshop.alice +alice +federated +Active +\S+\nshop.bob ")
        self.assertRegex(self.kubectl("get", "messagingusers", "-A"), r"^NAMESPACE +NAME .*\nteam1 +shop.alice ")
        self.assertRegex(self.kubectl("get", "messagingusers", "-o", "wide"), "^NAME +USERNAME +TYPE +PHASE +MESSAGE +AGE")
        self.assertEqual(["alice", "bob"], self.names("--chunk-size=1"))
        self.assertEqual(["alice"], self.names("-l", "role=buyer"))
        self.assertEqual(["bob"], self.names("-l", "role notin (buyer)"))
        self.assertEqual(["bob"], self.names("--field-selector", "metadata.name=shop.bob"))
        self.assertRegex(self.kubectl("get", "messagingusers", "--sort-by", "{.metadata.labels.role}"),
                         r"\nshop.alice .*\nshop.bob ")
        self.assertIn("username: alice\n", self.kubectl("get", "messaginguser", "shop.alice", "-o", "yaml"))
        self.assertEqual('Error from server (NotFound): messagingusers.user.enmasse.io "shop.eve" not found',
                         self.kubectl("get", "messaginguser", "shop.eve", code=1))
        self.assertIn("shop.alice", self.kubectl("get", "enmasse"))

    @with_each
    def test_get_watch_goes_on_with_what_changes(self):
        self.seed(federated())
        with subprocess.Popen(self.command("get", "messagingusers", "--watch", "--output-watch-events"), text=True,
                              stdout=subprocess.PIPE) as watch:
            try:
                self.assertRegex(watch.stdout.readline(), "^EVENT +NAME +USERNAME")
                self.assertRegex(watch.stdout.readline(), "^ADDED +shop.alice +alice")
                self.kubectl("label", "messaginguser", "shop.alice", "role=seller", "--overwrite")
                self.assertRegex(watch.stdout.readline(), "^MODIFIED +shop.alice +alice")
                self.kubectl("delete", "messaginguser", "shop.alice")
                self.assertRegex(watch.stdout.readline(), "^DELETED +shop.alice +alice")
            finally:
                watch.terminate()

    @with_each
    def test_describe_and_explain(self):
        self.seed(federated())
        said = self.kubectl("describe", "messaginguser", "shop.alice")
        for line in [r"^Name: +shop.alice\n", r"\nLabels: +role=buyer\n", r"\n +Username: +alice\n", r"\nEvents: +<none>$"]:
            self.assertRegex(said, line)
        said = self.kubectl("explain", "messaginguser.spec.authentication")
        self.assertRegex(said, r"type\s+<string> -required-")
        self.assertIn("How the user proves who it is.", said)
        self.assertIn("does not exist", self.kubectl("explain", "messaginguser.spec.nothing", code=1))

    @with_each
    def test_create_once_and_only_what_is_known(self):
        self.assertIn(CREATED, self.seed(federated()))
        self.assertIn('(AlreadyExists): error when creating "STDIN": messagingusers.user.enmasse.io "shop.alice" already '
                      'exists', self.kubectl("create", "-f", "-", stdin=federated(), code=1))
        unknown = federated("bob").replace("  username:", "  colour: red\n  username:")
        self.assertIn('strict decoding error: unknown field "spec.colour"',
                      self.kubectl("create", "-f", "-", stdin=unknown, code=1))
        said = self.kubectl("create", "-f", "-", "--validate=warn", stdin=unknown)
        self.assertIn('Warning: unknown field "spec.colour"', said)
        self.assertIn("messaginguser.user.enmasse.io/shop.bob created", said)
        self.assertIn('spec.username: username "Eve" is no username', self.kubectl(
            "create", "-f", "-", stdin=federated("eve").replace("username: eve", "username: Eve"), code=1))

    @with_each
    def test_apply_twice_says_that_nothing_changed(self):
        everything = service() + space() + federated()
        self.assertIn(CREATED, self.kubectl("apply", "-f", "-", stdin=everything))
        said = self.kubectl("apply", "-f", "-", stdin=everything)
        self.assertEqual(["unchanged"] * 3, re.findall(r" (\w+)$", said, re.MULTILINE), said)
        changed = everything.replace("invoices", "orders")
        self.assertIn("shop.alice configured", self.kubectl("apply", "-f", "-", stdin=changed))
        # A password comes back from nowhere, so kubectl cannot know that it is the same: the server does.
        secret = user("bob", "wonderland")
        self.kubectl("apply", "-f", "-", stdin=secret)
        version = ["get", "messaginguser", "shop.bob", "-o", "jsonpath={.metadata.resourceVersion}"]
        before = self.kubectl(*version)
        self.assertIn("shop.bob configured", self.kubectl("apply", "-f", "-", stdin=secret))
        self.assertEqual(before, self.kubectl(*version))

    @with_each
    def test_manifests_of_enmasse_apply_and_the_second_time_change_nothing(self):
        files = [file for folder in ["seed", "enmasse"] for file in sorted((DATA / folder).glob("[1234]0-*.yaml"))
                 if file.name != "40-monitoring.yaml"]  # for the Prometheus operator
        self.assertEqual(7, len(files))
        everything = "\n---\n".join(file.read_text() for file in files)
        self.assertIn("io/v1alpha1", everything)

        def versions():
            said = self.kubectl("get", "enmasse,roles,rolebindings", "-A", "--no-headers", "-o",
                                "custom-columns=V:.metadata.resourceVersion,N:.metadata.name")
            # The status of an external service follows its bridge, whenever that is.
            return [line for line in said.splitlines() if not line.endswith("our-ldap")]

        created = self.kubectl("apply", "-f", "-", stdin=everything, namespace=None)
        self.assertEqual(21, len(re.findall(r"/\S+ created$", created, re.MULTILINE)), created)
        before = versions()
        again = self.kubectl("apply", "-f", "-", stdin=everything, namespace=None)
        without_secrets = re.findall(r"^(?!messaginguser)\S+/\S+ (\w+)$", again, re.MULTILINE)
        self.assertEqual({"unchanged"}, set(without_secrets), again)
        self.assertEqual(before, versions())

    @with_each
    def test_server_side_apply_and_its_conflicts(self):
        apply = ["apply", "--server-side", "-f", "-"]
        self.assertIn("shop.alice serverside-applied", self.kubectl(*apply, stdin=service() + space() + federated()))
        other = [*apply, "--field-manager", "other"]
        theirs = federated().replace("buyer", "seller")
        self.assertIn('Apply failed with 1 conflict: conflict with "kubectl": .metadata.labels.role',
                      self.kubectl(*other, stdin=theirs, code=1))
        self.kubectl(*other, "--force-conflicts", stdin=theirs)
        self.assertEqual(["alice"], self.names("-l", "role=seller"))

    @with_each
    def test_diff_and_dry_run_change_nothing(self):
        everything = service() + space() + federated()
        said = self.kubectl("create", "--dry-run=server", "-f", "-", stdin=everything)
        self.assertIn("shop.alice created (server dry run)", said)
        self.assertEqual([], self.names())
        self.kubectl("apply", "-f", "-", stdin=everything)
        self.assertEqual("", self.kubectl("diff", "-f", "-", stdin=everything))
        said = self.kubectl("diff", "-f", "-", stdin=everything.replace("invoices", "orders"), code=1)
        self.assertIn("\n-    - invoices\n+    - orders\n", said)
        self.kubectl("delete", "--dry-run=server", "messaginguser", "shop.alice")
        self.assertEqual(["alice"], self.names())

    @with_each
    def test_edit_label_annotate_and_patch(self):
        self.seed(federated())
        one = "messaginguser", "shop.alice"
        self.assertIn("shop.alice edited", self.kubectl("edit", *one, KUBE_EDITOR="sed -i s/buyer/seller/"))
        self.assertIn("shop.alice labeled", self.kubectl("label", *one, "a=1"))
        self.assertIn("shop.alice annotate", self.kubectl("annotate", *one, "b=2"))
        self.assertIn("shop.alice patched", self.kubectl("patch", *one, "--type=merge", "-p",
                                                         '{"metadata":{"labels":{"a":null,"c":"3"}}}'))
        self.assertIn("shop.alice patched (no change)", self.kubectl("patch", *one, "--type=merge", "-p", "{}"))
        self.assertIn("shop.alice patched", self.kubectl(
            "patch", *one, "--type=json", "-p", '[{"op":"replace","path":"/metadata/labels/c","value":"4"}]'))
        metadata = json.loads(self.kubectl("get", *one, "-o", "json"))["metadata"]
        self.assertEqual(({"role": "seller", "c": "4"}, "2"), (metadata["labels"], metadata["annotations"]["b"]))
        self.assertIn("application/strategic-merge-patch+json is not supported",
                      self.kubectl("patch", *one, "-p", "{}", code=1))
        self.assertIn('the patch does not apply: test "/metadata/labels/c"', self.kubectl(
            "patch", *one, "--type=json", "-p", '[{"op":"test","path":"/metadata/labels/c","value":"5"}]', code=1))

    @with_each
    def test_replace_and_a_stale_version(self):
        self.seed(federated())
        kept = self.kubectl("get", "messaginguser", "shop.alice", "-o", "yaml")
        self.assertIn("shop.alice replaced", self.kubectl("replace", "-f", "-", stdin=kept.replace("buyer", "seller")))
        self.assertIn("(Conflict): error when replacing", self.kubectl("replace", "-f", "-", stdin=kept, code=1))
        self.assertIn("the object has been modified", self.kubectl("replace", "-f", "-", stdin=kept, code=1))

    @with_each
    def test_delete_one_by_label_and_all(self):
        self.seed(*map(federated, ["alice", "bob", "carol"]))
        self.kubectl("label", "messaginguser", "shop.bob", "role=seller", "--overwrite")
        self.assertIn('"shop.alice" deleted', self.kubectl("delete", "messaginguser", "shop.alice"))
        self.assertIn("(NotFound)", self.kubectl("delete", "messaginguser", "shop.alice", code=1))
        self.assertIn('"shop.bob" deleted', self.kubectl("delete", "messagingusers", "-l", "role=seller"))
        self.assertEqual(["carol"], self.names())
        self.assertIn('"shop.carol" deleted', self.kubectl("delete", "messagingusers", "--all"))
        self.assertEqual([], self.names())

    @with_each
    def test_wait_for_a_phase_and_for_the_end(self):
        self.kubectl("create", "-f", "-", stdin=service() + federated())
        active = ["wait", "messaginguser", "shop.alice", "--for=jsonpath={.status.phase}=Active"]
        self.assertIn("timed out waiting", self.kubectl(*active, "--timeout=1s", code=1))
        # Where the end came first, `wait` has nothing to say: only how it ends tells.
        for arguments, act in [(active, ["create", "-f", "-"]),
                               (["wait", "messaginguser", "shop.alice", "--for=delete"],
                                ["delete", "messaginguser", "shop.alice"])]:
            with subprocess.Popen(self.command(*arguments, f"--timeout={PATIENCE}s"), text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as waiting:
                self.kubectl(*act, stdin=space())
                said = waiting.communicate(timeout=PATIENCE)[0]
                self.assertEqual(0, waiting.returncode, said)

    @with_each
    def test_auth(self):
        self.assertRegex(self.kubectl("auth", "whoami"), r"Username +admin\nGroups +\[system:masters system:authenticated\]")
        self.assertEqual("yes", self.kubectl("auth", "can-i", "delete", "addressspaces"))
        self.assertRegex(self.kubectl("auth", "can-i", "--list"), r"\n\*\.\* +\[\] +\[\] +\[\*\]")

    @with_each
    def test_roles_and_bindings(self):
        rule = "--verb=get,list", "--resource=messagingusers.user.enmasse.io"
        self.assertIn("readers created", self.kubectl("create", "role", "readers", *rule))
        self.assertIn("readers created", self.kubectl("create", "clusterrole", "readers", *rule))
        self.assertIn("readers created", self.kubectl("create", "rolebinding", "readers", "--role=readers", "--group=g"))
        self.assertIn("readers created", self.kubectl("create", "clusterrolebinding", "readers", "--clusterrole=readers",
                                                      "--user=ann", "--serviceaccount=team1:robot"))
        self.assertRegex(self.kubectl("get", "rolebindings"), r"readers +Role/readers ")
        role = self.kubectl("get", "role", "readers", "-o", "json").replace('"list"', '"watch"')
        self.assertIn("readers reconciled", self.kubectl("auth", "reconcile", "-f", "-", stdin=role))
        verbs = self.kubectl("get", "role", "readers", "-o", "jsonpath={.rules}")
        for verb in ["get", "list", "watch"]:
            self.assertIn(f'"{verb}"', verbs)
        self.assertIn("patched", self.kubectl("patch", "role", "readers", "-p", '{"metadata":{"labels":{"a":"1"}}}'))


if __name__ == "__main__":
    unittest.main()
