"""Runs a real Prometheus for a test, as deploy/prometheus has it: the rules, and two jobs that scrape one doorward."""
import json
import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from served import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "deploy/prometheus"


def rule_files():
    return sorted(SHIPPED.glob("*-rules.yaml"))


def write_rules(folder, shorten=None):
    """The rule files, with every `for` as short as told."""
    folder.mkdir(exist_ok=True)
    for path in rule_files():
        text = path.read_text()
        if shorten:
            text = re.sub(r"\bfor: \S+", f"for: {shorten}", text)
        (folder / path.name).write_text(text)


def config_of(target):
    """As it is shipped, for a doorward that listens elsewhere, and for a test that is in a hurry."""
    text = (SHIPPED / "prometheus.yaml").read_text()
    assert text.count("localhost:8080") == 2
    return re.sub(r"_interval: 15s", "_interval: 500ms", text.replace("localhost:8080", target))


class Prometheus:
    def __init__(self, folder, target, shorten=None):
        self.folder = folder / "prometheus"
        write_rules(self.folder, shorten)
        (self.folder / "prometheus.yml").write_text(config_of(target))
        # Prometheus does not tell which port it took, so it is told one that was free a moment ago.
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"

    def __enter__(self):
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
             f"--web.listen-address={self.address}"], stdout=self.log, stderr=subprocess.STDOUT)
        self.wait_for("up == 1")
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def query(self, expression):
        """The samples that it finds now, without those that are no number."""
        url = f"http://{self.address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return [sample for sample in json.load(answer)["data"]["result"] if sample["value"][1] != "NaN"]

    def rules(self):
        """Name and condition of each rule, as Prometheus has read them."""
        with urllib.request.urlopen(f"http://{self.address}/api/v1/rules", timeout=PATIENCE) as answer:
            groups = json.load(answer)["data"]["groups"]
        return [(rule["name"], rule["query"]) for group in groups for rule in group["rules"]]

    def wait_for(self, expression):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self.query(expression):
                    return
            except (urllib.error.URLError, ConnectionError):
                pass  # it starts
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"Prometheus never found {expression}\n" + (self.folder / "log").read_text())
            time.sleep(0.1)
