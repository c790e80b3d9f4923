"""What a rendered set of Kubernetes manifests refers to within itself, and does not have."""
import collections
import json
import pathlib
import re
import subprocess

from clients import clients

# Secrets that whoever installs makes, and what is in one.
GIVEN_SECRETS = {"doorward-tls": {"tls.crt", "tls.key"}}

CONVERT = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"


def documents(text):
    """As JSON has them. The reader of YAML is the validator's, for the library of Python has none."""
    python = pathlib.Path(clients.had(clients.kubernetes_validate)).parent / "python"
    return json.loads(subprocess.run([python, "-c", CONVERT], input=text, check=True, capture_output=True, text=True,
                                     timeout=120).stdout)


class Manifests:
    def __init__(self, text):
        self.all = documents(text)
        self.pods = [document for document in self.all if "template" in document.get("spec", {})]

    def of_kind(self, kind):
        return {document["metadata"]["name"]: document for document in self.all if document["kind"] == kind}

    def keys(self, volume):
        """The files in a volume, None where it is for data; or why there is no such volume."""
        if "configMap" in volume:
            name, held = volume["configMap"]["name"], self.of_kind("ConfigMap")
            return set(held[name].get("data", {})) if name in held else f"ConfigMap {name} is nowhere"
        if "secret" in volume:
            name, held = volume["secret"]["secretName"], self.of_kind("Secret")
            keys = held[name].get("data", {}) if name in held else GIVEN_SECRETS.get(name)
            return f"Secret {name} is nowhere" if keys is None else set(keys)
        return None if "emptyDir" in volume else f"volume {volume['name']} is of a kind that nobody knows"

    def faults_of_container(self, container, volumes):
        """In what it mounts, and in the paths among its arguments."""
        mounts = {}
        for mount in container.get("volumeMounts", []):
            held = volumes.get(mount["name"], f"volume {mount['name']} is nowhere")
            if isinstance(held, str):
                yield held
            elif "subPath" in mount and mount["subPath"] not in (held or ()):
                yield f"{mount['subPath']} is not in {mount['name']}"
            else:
                mounts[mount["mountPath"]] = {""} if "subPath" in mount else held
                if held is None and mount.get("readOnly"):
                    yield f"{mount['mountPath']} is for data, and cannot be written"
        for argument in container.get("command", []) + container.get("args", []):
            path = argument.split("=", 1)[-1]
            if not path.startswith("/") or argument == container.get("command", [None])[0]:
                continue
            under = [at for at in mounts if path == at or path.startswith(at + "/")]
            if not under:
                yield f"{argument} is under no mount"
                continue
            at = max(under, key=len)
            file = path[len(at):].lstrip("/")
            if mounts[at] is not None and (file not in mounts[at] if file else not mounts[at]):
                yield f"{argument} is not in what is mounted at {at}"

    def faults(self):
        for pod in self.pods:
            spec = pod["spec"]["template"]["spec"]
            volumes = {volume["name"]: self.keys(volume) for volume in spec.get("volumes", [])}
            volumes |= {claim["metadata"]["name"]: None for claim in pod["spec"].get("volumeClaimTemplates", [])}
            ports = collections.Counter(port["name"] for container in spec["containers"]
                                        for port in container.get("ports", []))
            yield from (f"port {name} is there {count} times" for name, count in ports.items() if count > 1)
            account = spec.get("serviceAccountName")
            if account and account not in self.of_kind("ServiceAccount"):
                yield f"ServiceAccount {account} is nowhere"
            for container in spec["containers"] + spec.get("initContainers", []):
                yield from self.faults_of_container(container, volumes)
                for probe in re.findall(r'"httpGet": \{.*?"port": "(\w+)"', json.dumps(container)):
                    if probe not in ports:
                        yield f"a probe asks port {probe}, which is nowhere"
        for name, service in self.of_kind("Service").items():
            yield from self.faults_of_service(name, service["spec"])

    def faults_of_service(self, name, spec):
        selected = [pod["spec"]["template"] for pod in self.pods
                    if spec["selector"].items() <= pod["spec"]["template"]["metadata"]["labels"].items()]
        if not selected:
            yield f"Service {name} selects nothing"
        for template in selected:
            ports = {port["name"] for container in template["spec"]["containers"] for port in container.get("ports", [])}
            yield from (f"Service {name}: port {port['targetPort']} is nowhere" for port in spec["ports"]
                        if port["targetPort"] not in ports)
