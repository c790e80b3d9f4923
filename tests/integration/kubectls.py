"""Where kubectl is: the newest and the oldest one that doorward is tried with, built from their pinned modules, and the
one that this machine has, if any.

    from kubectls import NEWEST, OLDEST, kubectl
    subprocess.run([kubectl(OLDEST), "version", "--client"])

By itself it builds both, which takes minutes the first time: the tests that use them have it as their fixture.
"""
import functools
import re
import shutil
import subprocess
import sys
import unittest

from clients import clients

# Their pins, in clients/kubectl.
NEWEST, OLDEST = "go.mod", "oldest.mod"
OWN = "of this machine"


def kubectl(which=NEWEST):
    """The program's path. Without one the test is skipped, or fails where DOORWARD_REQUIRE_ALL is set."""
    return own() if which == OWN else clients.had(clients.kubectl, which)


def every_kubectl():
    """What kubectl() can be asked for here. Nobody has to have one of his own."""
    return [OLDEST, NEWEST, *([OWN] if own() else [])]


@functools.cache
def own():
    """Of any version that is not older than the oldest one that doorward promises anything of; else None."""
    program = shutil.which("kubectl")
    if program is None:
        return None
    said = subprocess.run([program, "version", "--client", "-o", "json"], capture_output=True, text=True, timeout=120).stdout
    minor = re.search(r'"gitVersion": *"v1\.(\d+)\.', said)
    oldest = re.search(r"k8s.io/kubectl v0\.(\d+)\.", (clients.HERE / "kubectl" / OLDEST).read_text())
    return program if minor and int(minor.group(1)) >= int(oldest.group(1)) else None


if __name__ == "__main__":
    try:
        print(kubectl(NEWEST), kubectl(OLDEST), sep="\n")
    except unittest.SkipTest as reason:
        print(f"skipped: {reason}")
        sys.exit(77)
