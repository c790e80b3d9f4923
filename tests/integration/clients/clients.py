"""Builds the foreign clients from their pinned versions, each with its own language's tool. Everything goes below one
folder outside the sources; what is there already is kept, so that the second time is quick.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
OUT = pathlib.Path(os.environ.get("DOORWARD_CLIENTS", HERE.parents[2] / "build" / "clients"))
PATIENCE = 480


class CannotBeHad(Exception):
    """A tool is missing or a registry cannot be reached; says which."""


def had(make, *arguments):
    """What `make` builds. Skips the test where that cannot be had here, or fails it with DOORWARD_REQUIRE_ALL."""
    try:
        return make(*arguments)
    except CannotBeHad as reason:
        if os.environ.get("DOORWARD_REQUIRE_ALL"):
            raise
        raise unittest.SkipTest(str(reason)) from None


def run(*command, **options):
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=PATIENCE, **options)
    except FileNotFoundError:
        raise CannotBeHad(f"{command[0]} is not installed; run deploy/setup tests") from None
    except subprocess.TimeoutExpired:
        raise CannotBeHad(f"'{' '.join(command)}' did not end within {PATIENCE} s") from None
    if done.returncode != 0:
        sys.stdout.write(done.stdout)
        raise CannotBeHad(f"'{' '.join(command)}' failed (exit code {done.returncode})")


@contextlib.contextmanager
def made_once(out, pins):
    """Yields whether `out` has yet to be made from the file `pins`, which what is raised in between leaves so. Tests
    that want the same run side by side: the first one makes it, the others wait for that.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out.with_name(f"{out.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = out / pins.name
        wanted = not done.is_file() or done.read_bytes() != pins.read_bytes()
        yield wanted
        if wanted:
            shutil.copy(pins, done)


def in_venv(name, install):
    """Its folder, with what `install` has put there; it is called with pip, the pinned requirements, and Python."""
    venv, requirements = OUT / name, HERE / name / "requirements.txt"
    python = venv / "bin" / "python"
    with made_once(venv, requirements) as wanted:
        if wanted:
            shutil.rmtree(venv, ignore_errors=True)
            run("/usr/bin/python3", "-m", "venv", venv)
            install([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"],
                    requirements, python)
    return venv


def proton():
    """The binding is built from its source, because only so does it find Cyrus SASL, and with it SCRAM."""
    def install(pip, requirements, python):
        run(*pip, "--requirement", requirements.with_name("requirements-build.txt"))
        run(*pip, "--no-deps", "--no-build-isolation", "--no-binary", "python-qpid-proton",
            "--requirement", requirements)
        run(python, "-c", "import proton; assert proton.SASL.extended(), 'built without Cyrus SASL'")
    return [in_venv("proton", install) / "bin" / "python", HERE / "proton" / "login.py"]


def kubernetes_validate():
    """No client, but had in the same way."""
    def install(pip, requirements, _):
        run(*pip, "--only-binary", ":all:", "--requirement", requirements)
    return in_venv("kubernetes-validate", install) / "bin" / "kubernetes-validate"


def jms():
    """Maven has no lock file: it refuses what differs from the checksums beside it in the registry, and here those jars,
    that are run, must be the listed ones and no others."""
    out = OUT / "jms"
    shutil.rmtree(out / "dependency", ignore_errors=True)
    run("mvn", "--quiet", "--batch-mode", "--strict-checksums", "--file", HERE / "jms" / "pom.xml", f"-Dout={out}",
        "process-classes")
    locked = HERE / "jms" / "dependency.sha256"
    found = [f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}"
             for jar in sorted((out / "dependency").iterdir())]
    if other := set(found) ^ set(locked.read_text().splitlines()):
        raise AssertionError(f"jars that differ from {locked.name}:\n" + "\n".join(sorted(other)))
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{out}/classes:{out}/dependency/*", "Login"]


def in_node(name, script):
    out = OUT / name
    shutil.copytree(HERE / name, out, dirs_exist_ok=True)
    run("npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", cwd=out)
    return ["node", out / script]


def rhea():
    return in_node("rhea", "login.js")


def go_amqp():
    run("go", "build", "-mod=readonly", "-o", OUT / "go-amqp" / "login", ".", cwd=HERE / "go-amqp")
    return [OUT / "go-amqp" / "login"]


def fe2o3_amqp():
    out = OUT / "fe2o3-amqp"
    run("cargo", "build", "--quiet", "--locked", "--target-dir", out, cwd=HERE / "fe2o3-amqp")
    return [out / "debug" / "doorward-fe2o3-login"]


def kubernetes():
    """@kubernetes/client-node."""
    return in_node("kubernetes", "users.js")


def schemathesis():
    def install(pip, requirements, _):
        run(*pip, "--no-deps", "--requirement", requirements)
    return [in_venv("schemathesis", install) / "bin" / "schemathesis"]


def kubectl(pinned):
    """`pinned`: `go.mod` or `oldest.mod`. Linking it takes a while, so it is left alone while the pins are the same."""
    source = HERE / "kubectl"
    sums = (source / pinned).with_suffix(".sum")
    version = "1." + re.search(r"k8s\.io/kubectl v0\.(\S+)", (source / pinned).read_text()).group(1)
    out = OUT / "kubectl" / version
    with made_once(out, sums) as wanted:
        if wanted:
            run("go", "build", "-mod=readonly", f"-modfile={pinned}", "-ldflags",
                f"-s -w -X k8s.io/component-base/version.gitVersion=v{version}", "-o", out / "kubectl", ".", cwd=source)
    return out / "kubectl"
