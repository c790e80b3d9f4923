"""`doorward render`: what it prints reads as the formats that they are, and says what the resources say."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from external_test import bridged
from served import PLAN, ServedTest, service, space

DOORWARD = os.environ["DOORWARD"]
DATA = pathlib.Path(__file__).parent.parent / "data"
CORE = "{urn:activemq:core}"
SPACE = """
apiVersion: enmasse.io/v1beta1
kind: AddressSpace
metadata: {name: orders, namespace: default}
spec: {type: brokered, plan: large}
"""


def run(*arguments):
    return subprocess.run([DOORWARD, "render", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)


def read_conf(text):
    """qdrouterd.conf as (section, attributes) pairs; `groups` as the JSON that it is."""
    sections, groups = [], None
    for line in (line.strip() for line in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if groups is not None:
            groups.append(line)
            if sum(each.count("{") - each.count("}") for each in groups) == 0:
                sections[-1][1]["groups"], groups = json.loads("\n".join(groups)), None
        elif opened := re.fullmatch(r"(\w+) \{", line):
            sections.append((opened[1], {}))
        elif line == "groups: {":
            groups = ["{"]
        elif line != "}":
            name, value = re.fullmatch(r"(\w+): (.+)", line).groups()
            sections[-1][1][name] = value
    return sections


class RenderTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for file in (DATA / "seed").glob("*.yaml"):
            shutil.copy(file, self.folder)
        (self.folder / "50-space.yaml").write_text(SPACE)

    def rendered(self, *arguments):
        answer = run(*arguments)
        self.assertEqual((0, ""), (answer.returncode, answer.stderr))
        return answer.stdout

    def refused(self, *arguments):
        answer = run(*arguments)
        self.assertEqual((2, ""), (answer.returncode, answer.stdout))
        return answer.stderr

    def test_a_broker_gets_policy_memory_and_storage_of_its_plan(self):
        text = self.rendered("broker", "--address-space", "default/orders", "--resources", self.folder,
                             "--file", "broker.xml")
        core = ElementTree.fromstring(text).find(CORE + "core")
        setting = core.find(f"{CORE}address-settings/{CORE}address-setting")
        self.assertEqual("#", setting.get("match"))
        self.assertEqual("FAIL", setting.find(CORE + "address-full-policy").text)
        self.assertEqual("-1", setting.find(CORE + "max-size-bytes").text)
        self.assertEqual(str(2 * 2**30 // 4), core.find(CORE + "global-max-size").text)
        self.assertIn("BrokeredInfraConfig default/large-broker, spec.broker.resources.storage "
                      "(20-infraconfig.yaml:", text)
        self.assertIn(str(10 * 2**30), text)

    def test_a_broker_gets_a_login_module(self):
        text = self.rendered("broker", "--address-space", "default/orders", "--resources", self.folder,
                             "--file", "login.config", "--host", "doorward.infra.svc:5671", "--tls")
        options = dict(re.findall(r'^ +(\w+)="([^"]*)"', text, re.MULTILINE))
        self.assertEqual(("doorward.infra.svc", "5671", "default-orders", "true"),
                         tuple(options[name] for name in ("hostname", "port", "sasl_hostname", "use_tls")))
        self.assertTrue(text.endswith('security_settings="enmasse";\n};\n'))

    def test_both_files_of_a_broker_come_under_their_names(self):
        text = self.rendered("broker", "--address-space", "default/orders", "--resources", self.folder)
        self.assertEqual(["login.config", "broker.xml"], re.findall(r"^==> (.+) <==$", text, re.MULTILINE))

    def test_a_router_gets_limits_and_a_policy(self):
        conf = read_conf(self.rendered("router", "--address-space", "team1/shop", "--resources", DATA / "enmasse",
                                       "--host", "[::1]:5999"))
        self.assertEqual(["authServicePlugin", "listener", "policy", "vhost", "vhost"], [name for name, _ in conf])
        plugin, listener, _, public, internal = (attributes for _, attributes in conf)
        self.assertEqual(("::1", "5999", "team1-shop"), (plugin["host"], plugin["port"], plugin["realm"]))
        self.assertEqual(plugin["name"], listener["saslPlugin"])
        self.assertEqual(("10", "16", "250", public["hostname"]),
                         tuple(listener[name] for name in ("initialHandshakeTimeoutSeconds", "idleTimeoutSeconds",
                                                           "linkCapacity", "policyVhost")))
        self.assertEqual(("1000", "10", "1048576"),
                         tuple(public[name] for name in ("maxConnections", "maxConnectionsPerUser", "maxMessageSize")))
        self.assertEqual("$default", internal["hostname"])
        self.assertEqual("*", internal["groups"]["$default"]["sources"])

    def test_a_space_whose_service_lacks_a_mechanism_gets_the_listener_to_add(self):
        (self.folder / "60-none.yaml").write_text(
            "apiVersion: admin.enmasse.io/v1beta1\nkind: AuthenticationService\nmetadata: {name: all}\n"
            "spec: {type: none}\n---\n" +
            SPACE.strip().replace("orders", "lab").replace("large", "gone, authenticationService: {name: all}"))
        for delegate in (["router"], ["broker", "--file", "login.config"]):
            text = self.rendered(*delegate, "--address-space", "default/lab", "--resources", self.folder)
            self.assertIn("amqp.listeners: - {address: HOST:PORT, realm: default-lab}", text)
            self.assertIn('AddressSpacePlan "gone" does not exist', text)
        self.assertIn('default_roles_unauthenticated="admin"', text)

    def test_what_a_plan_does_not_say_is_not_said_of_it(self):
        plans = self.folder / "30-plans.yaml"
        text = plans.read_text()
        what = ["router", "--address-space", "default/orders", "--resources", self.folder]
        self.assertIn("AddressSpacePlan default/large, spec.infraConfigRef (30-plans.yaml:21)", self.rendered(*what))
        plans.write_text(text.replace("  infraConfigRef: large-broker\n", ""))
        said = self.rendered(*what)
        self.assertIn("Infra config: there is none", said)
        self.assertIn('spec.infraConfigRef is missing (set it)', said)
        plans.write_text(text.replace("  infraConfigRef: large-broker\n", "").replace(
            "  name: large\n", "  name: large\n  annotations: {enmasse.io/defined-by: large-broker}\n"))
        self.assertIn("AddressSpacePlan default/large, metadata.annotations[enmasse.io/defined-by] (30-plans.yaml:",
                      self.rendered(*what))

    def test_faults_come_with_file_and_line(self):
        (self.folder / "70-bad.yaml").write_text(SPACE.replace("orders", "other").replace("plan:", "plans:"))
        said = self.refused("router", "--address-space", "default/orders", "--resources", self.folder)
        self.assertRegex(said, r"70-bad\.yaml:\d+: AddressSpace default/other: ")

    def test_an_amount_that_no_broker_could_read_is_refused_where_it_was_written(self):
        file = self.folder / "20-infraconfig.yaml"
        file.write_text(file.read_text().replace("2Gi", "much"))
        said = self.refused("broker", "--address-space", "default/orders", "--resources", self.folder)
        self.assertRegex(said, r"20-infraconfig\.yaml:\d+: BrokeredInfraConfig default/large-broker: "
                               r"spec\.broker\.resources\.memory: ")

    def test_what_is_asked_for_must_be_there_and_make_sense(self):
        said = self.refused("router", "--address-space", "default/gone", "--resources", self.folder)
        self.assertIn("there are default/orders", said)
        self.assertIn("NAMESPACE/NAME", self.refused("router", "--address-space", "x", "--resources", self.folder))
        for host in ("a", "a:0", "a:65536", "a b:1", 'a"\n:1', "1.2.3.4.5:1", "A:1", ":1"):
            with self.subTest(host):
                self.assertIn("--host", self.refused("router", "--address-space", "default/orders", "--resources",
                                                     self.folder, "--host", host))

    def test_nothing_stays_behind(self):
        with tempfile.TemporaryDirectory() as scratch:
            answer = subprocess.run([DOORWARD, "render", "router", "--address-space", "default/orders", "--resources",
                                     self.folder], env={**os.environ, "TMPDIR": scratch}, capture_output=True)
            self.assertEqual(0, answer.returncode, answer.stderr)
            self.assertEqual([], os.listdir(scratch))

    def test_a_space_of_an_external_service_is_one_of_a_bridge(self):
        (self.folder / "60-bridged.yaml").write_text(bridged({"plugin": {"name": "ldap"}}).replace("team1", "default"))
        text = self.rendered("router", "--address-space", "default/away", "--resources", self.folder)
        self.assertIn("AuthenticationService enmasse-infra/bridged of type external", text)
        self.assertIn("default-away", text)


class RenderOfServiceTest(ServedTest):
    """As from the folder that the service was given, without the places in its files."""

    def test_a_running_service_says_the_same_as_its_folder(self):
        self.write("all.yaml", service() + space() + PLAN)
        self.serve("--https", "127.0.0.1:0")
        for delegate in ["router", "broker"]:
            what = [delegate, "--address-space", "team1/shop"]
            asked = run(*what, "--kubeconfig", self.data / "admin.kubeconfig")
            self.assertEqual((0, ""), (asked.returncode, asked.stderr))
            folder = run(*what, "--resources", self.resources)
            self.assertEqual((0, ""), (folder.returncode, folder.stderr))
            self.assertIn("(all.yaml:", folder.stdout)
            self.assertEqual(re.sub(r" \(all\.yaml:\d+\)", "", folder.stdout), asked.stdout)

    def test_a_running_service_has_no_infra_config_without_a_name(self):
        self.write("all.yaml", service() + space() + PLAN.replace("infraConfigRef: small, ", ""))
        self.serve("--https", "127.0.0.1:0")
        asked = run("router", "--address-space", "team1/shop", "--kubeconfig", self.data / "admin.kubeconfig")
        self.assertIn("Infra config: there is none", asked.stdout)

    def test_what_cannot_be_asked_is_told_with_what_to_do(self):
        self.write("all.yaml", service() + space() + PLAN)
        served = self.serve("--https", "127.0.0.1:0")
        kubeconfig = self.data / "admin.kubeconfig"
        for said, arguments in [("AddressSpace team1/gone does not exist; `kubectl get addressspaces -A`",
                                 ["--address-space", "team1/gone", "--kubeconfig", kubeconfig]),
                                ("--resources DIR, or --kubeconfig FILE", ["--address-space", "team1/shop"]),
                                ("--resources DIR, or --kubeconfig FILE", ["--address-space", "team1/shop", "--kubeconfig",
                                                                           kubeconfig, "--resources", self.resources])]:
            answer = run("router", *arguments)
            self.assertEqual((2, ""), (answer.returncode, answer.stdout))
            self.assertIn(said, answer.stderr.replace('"', ""))
        served.stop()
        answer = run("router", "--address-space", "team1/shop", "--kubeconfig", kubeconfig)
        self.assertEqual((2, ""), (answer.returncode, answer.stdout))
        self.assertIn(served.addresses["https"], answer.stderr)


if __name__ == "__main__":
    unittest.main()
