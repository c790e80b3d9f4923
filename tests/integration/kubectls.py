"""Where kubectl is: the newest and the oldest one that doorward is tried with, built from their pinned modules.

    from kubectls import NEWEST, OLDEST, kubectl
    subprocess.run([kubectl(OLDEST), "version", "--client"])

By itself it builds both, which takes minutes the first time: the tests that use them have it as their fixture.
"""
import sys
import unittest

from clients import clients

# Their pins, in clients/kubectl.
NEWEST, OLDEST = "go.mod", "oldest.mod"


def kubectl(which=NEWEST):
    """The program's path. Without one the test is skipped, or fails where DOORWARD_REQUIRE_ALL is set."""
    return clients.had(clients.kubectl, which)


if __name__ == "__main__":
    try:
        print(kubectl(NEWEST), kubectl(OLDEST), sep="\n")
    except unittest.SkipTest as reason:
        print(f"skipped: {reason}")
        sys.exit(77)
