"""What deploy/RUNBOOK.md tells to do with a running server can be done in each deployment that is shipped."""
import re
import shlex
import subprocess
import unittest

from kubectls import kubectl
from manifests import Manifests
from prometheus import ROOT
from served import DOORWARD, PATIENCE, Served, ServedTest

DEPLOY = ROOT / "deploy"
OVERLAYS = DEPLOY / "kubernetes/overlays"


def commands_of_the_runbook():
    """What doorward is told where it runs, by the first word of the deployment."""
    rows = re.findall(r"^\| (\w+).* \| `(?:kubectl .* -- )?doorward (guesses .*)` \|$", (DEPLOY / "RUNBOOK.md").read_text(),
                      re.MULTILINE)
    return {deployment: shlex.split(command) for deployment, command in rows}


class RunbookTest(ServedTest):
    def make_certificate(self):
        """As the overlay says that it has to be."""
        tls = self.folder / "tls"
        tls.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=doorward", "-addext",
                        "subjectAltName=DNS:doorward.enmasse-infra.svc,IP:127.0.0.1", "-keyout", tls / "tls.key",
                        "-out", tls / "tls.crt"], check=True, capture_output=True)

    def here(self, argument, overlay):
        """A pod's path or address, as this test has it."""
        for there, folder in [("/var/lib/doorward", self.folder / overlay.name), ("/etc/doorward/tls", self.folder / "tls"),
                              ("/etc/doorward/resources", overlay / "resources")]:
            argument = argument.replace(there, str(folder))
        return re.sub(r"=[\d.]+:\d+$", "=127.0.0.1:0", argument)

    def test_guesses_can_be_listed_in_every_pod(self):
        self.make_certificate()
        for name, deployment in [("standalone", "standalone"), ("sidecar-router", "sidecar")]:
            with self.subTest(name):
                overlay = OVERLAYS / name
                rendered = subprocess.run([kubectl(), "kustomize", overlay], check=True, capture_output=True, text=True,
                                          timeout=120)
                pod, = Manifests(rendered.stdout).pods
                doorward, = [each for each in pod["spec"]["template"]["spec"]["containers"] if each["name"] == "doorward"]
                (self.folder / name).mkdir()
                self.running.append(Served(*(self.here(each, overlay) for each in doorward["args"][1:])))
                self.running[-1].wait_until_listening()
                command = [self.here(each, overlay) for each in commands_of_the_runbook()[deployment]]
                answer = subprocess.run([DOORWARD, *command], capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual((0, ""), (answer.returncode, answer.stderr))
                self.assertIn("no wrong passwords", answer.stdout)

    def test_under_systemd_the_kubeconfig_is_where_the_unit_has_its_data(self):
        unit = (DEPLOY / "systemd/doorward.service.in").read_text()
        data = re.search(r"^ExecStart=.* --data-dir (\S+)", unit, re.MULTILINE).group(1)
        self.assertIn(f"{data}/admin.kubeconfig", commands_of_the_runbook()["systemd"])


if __name__ == "__main__":
    unittest.main()
