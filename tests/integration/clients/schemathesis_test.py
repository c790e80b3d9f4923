"""The REST API against its own OpenAPI documents, by schemathesis: requests that the documents allow and requests that
they do not. None may be a server error, and every answer is of the type and the shape that the documents say."""
import pathlib
import subprocess
import sys
import unittest

import clients

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from rest_api import RestApi  # noqa: E402
from served import ServedTest, service, space, user  # noqa: E402

CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance"
# The group that most is written in is searched most; it takes some ten seconds, and each other one some four.
GROUPS = {"user.enmasse.io/v1beta1": ("coverage,fuzzing", 10), "enmasse.io/v1beta1": ("fuzzing", 3),
          "admin.enmasse.io/v1beta1": ("fuzzing", 3), "admin.enmasse.io/v1beta2": ("fuzzing", 3),
          "rbac.authorization.k8s.io/v1": ("fuzzing", 3), "authentication.k8s.io/v1": ("fuzzing", 3),
          "authorization.k8s.io/v1": ("fuzzing", 3)}


class SchemathesisTest(ServedTest):
    @classmethod
    def setUpClass(cls):
        cls.command = clients.had(clients.schemathesis)

    def test_no_request_is_a_server_error(self):
        self.write("all.yaml", service() + space() + user("alice", "wonderland"))
        served = self.serve("--https", "127.0.0.1:0")
        with RestApi(self.data) as api:
            url, token = api.url, api.token
            authority = self.folder / "ca.crt"
            authority.write_text(api.authority)
        for group, (phases, examples) in GROUPS.items():
            with self.subTest(group=group):
                done = subprocess.run(
                    [*map(str, self.command), "run", f"{url}/openapi/v3/apis/{group}", "--url", url, "--header",
                     f"Authorization: Bearer {token}", "--tls-verify", authority, "--checks", CHECKS, "--phases", phases,
                     "--max-examples", str(examples), "--warnings", "off", "--no-color"],
                    cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
                self.assertEqual(0, done.returncode, done.stdout + done.stderr)
                self.assertRegex(done.stdout, r"\b[1-9]\d* generated")
        self.assertNotIn("request failed", served.log)
        self.assertEqual(0, served.stop())


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    if result.skipped and result.wasSuccessful():
        print(f"skipped: {result.skipped[-1][1]}")
        sys.exit(77)
    sys.exit(not result.wasSuccessful())
