"""What deploy/ ships: rules, dashboards, the systemd unit and the manifests, judged by their own tools."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from alert_cases import CASES, rule_tests
from clients import clients
from kubectls import kubectl
from manifests import GIVEN_SECRETS, Manifests, documents
from prometheus import ROOT, SHIPPED, rule_files, write_rules
from served import DOORWARD

DEPLOY = ROOT / "deploy"
BUNDLE = DEPLOY / "bundle"
OVERLAYS = sorted(path.parent for path in DEPLOY.glob("kubernetes/overlays/*/kustomization.yaml"))


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


class DeployTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="doorward-deploy-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_ran(self, answer):
        self.assertEqual(0, answer.returncode, answer.stdout + answer.stderr)

    def flags(self):
        return set(re.findall(r"--[a-z-]+", run(DOORWARD, "serve", "--help").stdout))

    def assert_flags_exist(self, text):
        used = set(re.findall(r"(?<![\w-])--(?!name\b)[a-z][a-z-]+", text))
        self.assertTrue(used)
        self.assertLessEqual(used, self.flags())


class RulesTest(DeployTest):
    def named(self, what):
        """Alerts or groups of all rules, in the order in which they are written."""
        return re.findall(rf"^ *- {what}: (\w+)$", "".join(path.read_text() for path in rule_files()), re.MULTILINE)

    def test_each_alert_fires_for_its_cause_alone_when_its_time_is_over_and_is_silent_when_all_is_well(self):
        write_rules(self.folder)
        names = [path.name for path in rule_files()]
        # EnMasse's rules record one name twice, which the linter dislikes and Prometheus bears.
        self.assert_ran(run("promtool", "check", "rules", "--lint=none", *(self.folder / name for name in names)))
        (self.folder / "tests.yaml").write_text(rule_tests(names, self.named("name")))
        self.assert_ran(run("promtool", "test", "rules", self.folder / "tests.yaml"))

    def test_every_alert_has_its_causes_and_its_paragraph_in_the_runbook(self):
        alerts = set(self.named("alert"))
        self.assertGreater(len(alerts), 10)
        self.assertEqual(alerts, {case.alert for case in CASES} - {None})
        runbook = (DEPLOY / "RUNBOOK.md").read_text()
        self.assertEqual(alerts, set(re.findall(r"^## (\w+)$", runbook, re.MULTILINE)))

    def test_an_alert_of_doorward_and_the_table_of_contents_lead_to_a_paragraph_that_there_is(self):
        runbook = (DEPLOY / "RUNBOOK.md").read_text()
        paragraphs = re.findall(r"^##+ (.+)$", runbook, re.MULTILINE)
        # As those who show Markdown make them of a heading.
        anchors = [heading.lower().replace(" ", "-") for heading in paragraphs]
        self.assertEqual(anchors, re.findall(r"\(#([\w-]+)\)", runbook.split("\n## ")[0]))
        self.assertLessEqual(set(re.findall(r"\(#([\w-]+)\)", runbook)), set(anchors))
        rules = (SHIPPED / "doorward-rules.yaml").read_text()
        links = re.findall(r"^  - alert: (\w+)\n(?:    .*\n)*?      runbook_url: https://\S+/RUNBOOK\.md#(\S+)$", rules,
                           re.MULTILINE)
        self.assertEqual([(alert, alert.lower()) for alert in re.findall(r"- alert: (\w+)", rules)], links)

    def test_with_and_without_the_operator_the_rules_are_the_same(self):
        for path in rule_files():
            spec = (DEPLOY / "kubernetes/monitoring" / path.name).read_text().split("\nspec:\n", 1)[1]
            said, plain = re.fullmatch(r"((?:#[^\n]*\n)+)(.*)", path.read_text(), re.DOTALL).groups()
            self.assertIn(f"../kubernetes/monitoring/{path.name}", said)
            self.assertEqual("".join(line.removeprefix("  ") for line in spec.splitlines(keepends=True)), plain)

    def test_prometheus_reads_the_two_jobs(self):
        self.assert_ran(run("promtool", "check", "config", SHIPPED / "prometheus.yaml"))

    def test_the_rules_of_enmasse_are_as_they_were(self):
        shipped = "---\n".join((DEPLOY / "kubernetes/monitoring" / name).read_text()
                               for name in ["service-monitor.yaml", "enmasse-rules.yaml"])
        self.assertEqual((ROOT / "tests/data/seed/40-monitoring.yaml").read_text(), shipped)


class UnitTest(DeployTest):
    def unit(self):
        """As it is installed below a folder of the test's own, where it finds its program."""
        self.assert_ran(run("cmake", "--install", pathlib.Path(DOORWARD).parent, "--prefix", self.folder, "--component",
                            "doorward"))
        unit = self.folder / "lib/systemd/system/doorward.service"
        unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={self.folder}/bin/doorward", unit.read_text(),
                               flags=re.MULTILINE))
        return unit

    def test_systemd_understands_it(self):
        answer = run("systemd-analyze", "verify", "--man=no", self.unit())
        complaints = [line for line in answer.stderr.splitlines() if "doorward" in line]
        self.assertEqual([], complaints)

    def test_it_is_hardened(self):
        answer = run("systemd-analyze", "security", "--offline=yes", "--no-pager", self.unit())
        found = re.search(r"Overall exposure level for \S+: ([\d.]+) (\w+)", answer.stdout)
        self.assertIsNotNone(found, answer.stdout + answer.stderr)
        self.assertIn(found.group(2), ["OK", "SAFE", "PERFECT"])

    def test_it_calls_doorward_as_doorward_wants_to_be_called(self):
        self.assert_flags_exist(re.search(r"^ExecStart=(.*)$", self.unit().read_text(), re.MULTILINE).group(1))


class ContainerTest(DeployTest):
    CONTAINERFILE = (DEPLOY / "container/Containerfile").read_text()

    def test_it_installs_the_libraries_that_the_program_needs(self):
        stage = self.CONTAINERFILE.split("\nFROM ")[-1]
        installed = set(re.search(r"install -y -qq --no-install-recommends (.*?) &&", stage.replace("\\\n", " "))
                        .group(1).split())
        rule = re.search(r"install\(TARGETS (.*?)\s+LIBRARY", (ROOT / "plugins/CMakeLists.txt").read_text()).group(1)
        plugins = [pathlib.Path(DOORWARD).parent / "plugins" / target.replace("_plugin", ".so") for target in rule.split()]
        needed = set()
        for program in [DOORWARD, *plugins]:
            where = dict(re.findall(r"(\S+) => (/\S+)", run("ldd", program).stdout))
            # What these need themselves comes with their packages.
            for name in re.findall(r"NEEDED +(\S+)", run("objdump", "-p", program).stdout):
                path = str(pathlib.Path(where[name]).resolve())
                owner = run("dpkg", "--search", path).stdout or run("dpkg", "--search", path.removeprefix("/usr")).stdout
                needed.add(owner.split(":")[0])
        self.assertTrue(needed)
        # Every Debian has these.
        self.assertEqual(set(), needed - installed - {"libc6", "libcrypt1", "libgcc-s1", "libstdc++6"})

    def test_its_packages_are_those_of_debian(self):
        if not list(pathlib.Path("/var/lib/apt/lists").glob("*_Packages*")):
            self.skipTest("no lists of packages here: apt-get update")
        commands = self.CONTAINERFILE.replace("\\\n", " ")
        packages = [word for words in re.findall(r"apt-get install ([^&\n]*)", commands) for word in words.split()
                    if not word.startswith("-")]
        self.assertGreater(len(packages), 10)
        self.assert_ran(run("apt-cache", "show", "--quiet", *packages))

    def test_it_runs_as_nobody(self):
        self.assertRegex(self.CONTAINERFILE, r"\nUSER 65534:65534\n")


class ManifestsTest(DeployTest):
    def render(self, folder):
        answer = run(kubectl(), "kustomize", folder)
        self.assert_ran(answer)
        return answer.stdout

    def test_every_overlay_is_one_set_of_manifests(self):
        self.assertEqual(4, len(OVERLAYS))
        for folder in OVERLAYS:
            with self.subTest(folder.name):
                text = self.render(folder)
                self.assertEqual([], list(Manifests(text).faults()))
                self.assertIn("readOnlyRootFilesystem: true", text)
                self.assertIn("runAsUser: 65534", text)

    def assert_fault(self, words, text, old, new):
        """Of what is rendered, with one thing moved."""
        self.assertIn(old, text)
        self.assertIn(words, "\n".join(Manifests(text.replace(old, new)).faults()))

    def test_what_is_moved_away_from_where_it_is_looked_for_is_found(self):
        text = self.render(DEPLOY / "kubernetes/overlays/standalone")
        for words, old, new in [
                ("--resources=/etc/doorward/resources is under no mount", "mountPath: /etc/doorward/resources",
                 "mountPath: /etc/doorward/resource"),
                ("--data-dir=/var/lib/doorward/data is under no mount", "mountPath: /var/lib/doorward",
                 "mountPath: /var/lib/doorwards"),
                ("--tls-cert=/etc/doorward/tls/cert.pem is not in", "--tls-cert=/etc/doorward/tls/tls.crt",
                 "--tls-cert=/etc/doorward/tls/cert.pem"),
                ("--tls-key=/etc/doorward/tls.key is under no mount", "--tls-key=/etc/doorward/tls/tls.key",
                 "--tls-key=/etc/doorward/tls.key"),
                ("ConfigMap doorward-resource is nowhere", "configMap:\n          name: doorward-resources",
                 "configMap:\n          name: doorward-resource"),
                ("Secret other-tls is nowhere", "secretName: doorward-tls", "secretName: other-tls"),
                ("volume tls is nowhere", "- name: tls\n        secret:", "- name: other\n        secret:"),
                ("ServiceAccount doorward is nowhere", "kind: ServiceAccount\nmetadata:", "kind: Account\nmetadata:"),
                ("a probe asks port healthy", "path: /livez\n            port: health",
                 "path: /livez\n            port: healthy"),
                ("port amqps is nowhere", "name: amqps\n", "name: amqp\n"),
                ("selects nothing", "selector:\n    app: enmasse", "selector:\n    app: other")]:
            with self.subTest(words):
                self.assert_fault(words, text, old, new)

    def test_manifests_fit_the_schemas_of_kubernetes(self):
        validate = clients.had(clients.kubernetes_validate)
        path = self.folder / "manifests.yaml"

        def answer(text):
            path.write_text(text)
            return run(validate, "--strict", "--kubernetes-version", "1.33", path)
        for folder in OVERLAYS:
            text = self.render(folder)
            self.assert_ran(answer(text))
            self.assertEqual(len(re.findall(r"^kind: ", text, re.MULTILINE)), answer(text).stdout.count(" passed for "))
            self.assertNotEqual(0, answer(re.sub(r"containerPort: \d+", "containerPort: amqp", text)).returncode)

    def test_manifests_and_the_container_name_flags_that_there_are(self):
        for folder in OVERLAYS:
            used = [container["args"] for pod in Manifests(self.render(folder)).pods
                    for container in pod["spec"]["template"]["spec"]["containers"] if container["name"] == "doorward"]
            self.assertEqual(1, len(used))
            self.assert_flags_exist("\n".join(used[0]))
        containerfile = (DEPLOY / "container/Containerfile").read_text()
        self.assert_flags_exist(containerfile[containerfile.index("CMD ["):])

    def test_a_token_is_mounted_only_where_tokens_are_reviewed_and_may_be_used_for_that(self):
        for folder in OVERLAYS:
            with self.subTest(folder.name):
                text = self.render(folder)
                reviews = folder.name == "standalone-token-reviews"
                self.assertEqual(reviews, "automountServiceAccountToken: true" in text)
                self.assertEqual(reviews, "kind: ClusterRoleBinding" in text)
        documents = self.render(DEPLOY / "kubernetes/overlays/standalone-token-reviews").split("\n---\n")
        binding, = [document for document in documents if "kind: ClusterRoleBinding" in document]
        self.assertIn("  kind: ClusterRole\n  name: system:auth-delegator", binding)
        self.assertIn("- kind: ServiceAccount\n  name: doorward\n  namespace: enmasse-infra", binding)
        pod, = [document for document in documents if "kind: StatefulSet" in document]
        self.assertIn("      automountServiceAccountToken: true\n", pod)
        self.assertIn("      serviceAccountName: doorward\n", pod)
        self.assertNotIn("automountServiceAccountToken: false", pod)

    def test_router_and_broker_are_given_what_doorward_renders_for_their_space(self):
        for kind, files in [("router", ["qdrouterd.conf"]), ("broker", ["login.config", "broker.xml"])]:
            folder = DEPLOY / f"kubernetes/overlays/sidecar-{kind}"
            manifests = Manifests(self.render(folder))
            pod, = manifests.pods
            beside, delegate = sorted(pod["spec"]["template"]["spec"]["containers"], key=lambda each: each["name"] == kind)
            self.assertIn("--amqp=127.0.0.1:5673", beside["args"])
            mounted = {volume["name"]: volume for volume in pod["spec"]["template"]["spec"]["volumes"]}
            held = [manifests.of_kind("ConfigMap")[mounted[mount["name"]]["configMap"]["name"]]["data"]
                    for mount in delegate["volumeMounts"]]
            self.assertEqual([set(files)], [set(data) for data in held])
            for name in files:
                answer = run(DOORWARD, "render", kind, "--address-space", "demo/shop", "--resources", folder / "resources",
                             *(["--file", name] if kind == "broker" else []))
                self.assert_ran(answer)
                # The router has a section before it that is no business of doorward's.
                own = "router {\n    mode: standalone\n    id: router\n}\n\n" if kind == "router" else ""
                self.assertEqual(own + answer.stdout, held[0][name], f"see {folder}/kustomization.yaml")

    def test_prometheus_finds_the_two_services_that_the_alerts_of_enmasse_ask_for(self):
        for folder in OVERLAYS:
            with self.subTest(folder.name):
                self.assert_services(self.render(folder))

    def assert_services(self, text):
        """That the ServiceMonitor selects the two, and a port that they have."""
        monitors = Manifests(self.render(DEPLOY / "kubernetes/monitoring"))
        spec = monitors.of_kind("ServiceMonitor")["enmasse"]["spec"]
        wanted = spec["selector"]["matchLabels"].items()
        services = {name: service for name, service in Manifests(text).of_kind("Service").items()
                    if wanted <= service["metadata"].get("labels", {}).items()}
        self.assertEqual({"api-server", "address-space-controller"}, set(services))
        for service in services.values():
            self.assertIn(service["metadata"]["namespace"], spec["namespaceSelector"]["matchNames"])
            self.assertLessEqual({endpoint["port"] for endpoint in spec["endpoints"]},
                                 {port["name"] for port in service["spec"]["ports"]})

    def test_what_is_for_the_operator_has_the_fields_that_it_knows(self):
        """The validator has no schema of these kinds; what is in a group of rules is promtool's to judge."""
        for document in documents(self.render(DEPLOY / "kubernetes/monitoring")):
            self.assertEqual({"apiVersion", "kind", "metadata", "spec"}, set(document))
            self.assertEqual("monitoring.coreos.com/v1", document["apiVersion"])
            self.assertLessEqual(set(document["metadata"]), {"name", "namespace", "labels"})
            spec = {"PrometheusRule": {"groups"}, "ServiceMonitor": {"selector", "endpoints", "namespaceSelector"}}
            self.assertEqual(spec[document["kind"]], set(document["spec"]))
            for group in document["spec"].get("groups", []):
                self.assertEqual({"name", "rules"}, set(group))
                for rule in group["rules"]:
                    self.assertEqual(1, len({"alert", "record"} & set(rule)))
                    self.assertLessEqual(set(rule) - {"alert", "record"}, {"expr", "for", "labels", "annotations"})
                    self.assertTrue(all(isinstance(value, str) for part in ("labels", "annotations")
                                        for value in rule.get(part, {}).values()))

    def test_the_bundle_is_what_kustomize_renders(self):
        for file, folder in [("doorward.yaml", "overlays/standalone"), ("monitoring/monitoring.yaml", "monitoring")]:
            self.assertEqual(documents(self.render(DEPLOY / "kubernetes" / folder)),
                             documents((BUNDLE / file).read_text()), f"{file}: see {BUNDLE}/README.md")

    def test_the_bundle_has_its_namespace_first_one_image_and_says_which_secrets_it_wants(self):
        # Without -R, kubectl takes the files of the folder itself.
        self.assertEqual({"doorward.yaml", "README.md"}, {path.name for path in BUNDLE.iterdir() if path.is_file()})
        text = (BUNDLE / "doorward.yaml").read_text()
        self.assertEqual("Namespace", documents(text)[0]["kind"])
        self.assertEqual(1, len(re.findall(r"\bimage: ", text)))
        wanted = set(re.findall(r"secretName: (\S+)", text))
        self.assertEqual(set(GIVEN_SECRETS), wanted)
        for name in wanted:
            self.assertIn(f"a Secret `{name}`", (BUNDLE / "README.md").read_text())

    def test_what_is_scraped_and_alerted_on_is_one_set_too(self):
        text = self.render(DEPLOY / "kubernetes/monitoring")
        self.assertEqual(2, text.count("kind: PrometheusRule"))
        self.assertEqual(1, text.count("kind: ServiceMonitor"))


if __name__ == "__main__":
    unittest.main()
