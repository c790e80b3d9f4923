"""Bad input of every kind to the REST API of a running server: each gets a `Status` with the reason, the code, the
causes and the words that kubectl shows, and the server goes on as before."""
import dataclasses
import gzip
import http.client
import json
import re
import socket
import ssl
import subprocess
import unittest
import urllib.parse

from rest_api import RestApi
from served import DOORWARD, PATIENCE, PLAN, ServedTest, service, space, user

GROUP = "user.enmasse.io"
USERS = f"/apis/{GROUP}/v1beta1/namespaces/team1/messagingusers"
ALICE = USERS + "/shop.alice"
MERGE, PATCH, APPLY = [f"application/{kind}" for kind in ["merge-patch+json", "json-patch+json", "apply-patch+yaml"]]


def manifest(**spec):
    return {"apiVersion": f"{GROUP}/v1beta1", "kind": "MessagingUser", "metadata": {"name": "shop.bob"},
            "spec": {"username": "bob", "authentication": {"type": "federated"}, **spec}}


def named(name):
    return {**manifest(), "metadata": {"name": name}}


@dataclasses.dataclass
class Case:
    """A request that is answered with `code`, `reason`, and a message that has `words`; `causes`: pairs of reason and
    field of each."""
    what: str
    method: str
    path: str
    code: int
    reason: str
    words: str
    body: object = None  # text as it is, anything else as JSON
    type: str = "application/json"
    causes: list = dataclasses.field(default_factory=list)
    headers: dict = dataclasses.field(default_factory=dict)


DOUBLED = json.dumps(manifest()).replace('"username": "bob"', '"username": "ben", "username": "bob"')
STRICT = USERS + "?fieldValidation=Strict"

CASES = [
    Case("an unknown field under Strict", "POST", STRICT, 400, "BadRequest",
         'strict decoding error: unknown field "spec.typo"', manifest(typo=1)),
    Case("a doubled key under Strict", "POST", STRICT, 400, "BadRequest",
         'strict decoding error: duplicate field "spec.username"', DOUBLED),
    Case("a field validation that is none", "POST", USERS + "?fieldValidation=Loose", 422, "Invalid",
         'supported values: "Ignore", "Strict", "Warn"', manifest()),
    Case("a wrong type", "POST", USERS, 422, "Invalid", "spec.authorization: must be a list, not text",
         manifest(authorization="all"), causes=[("FieldValueTypeInvalid", "spec.authorization")]),
    Case("a number for text", "POST", USERS, 422, "Invalid", "spec.username: must be text, not a number: put it in quotes",
         manifest(username=7), causes=[("FieldValueTypeInvalid", "spec.username")]),
    Case("two faults", "POST", USERS, 422, "Invalid", "[",
         manifest(authentication={"type": "magic"}, authorization=[{"operations": ["send"]}]),
         causes=[("FieldValueNotSupported", "spec.authentication.type"),
                 ("FieldValueRequired", "spec.authorization[0].addresses")]),
    Case("a field that is missing", "POST", USERS, 422, "Invalid", "spec.authentication: is required",
         {**manifest(), "spec": {"username": "bob"}}, causes=[("FieldValueRequired", "spec.authentication")]),
    Case("a body that is no object", "POST", USERS, 422, "Invalid", "name or generateName is required", [1],
         causes=[("FieldValueRequired", "metadata.name")]),
    Case("a body of another kind", "POST", USERS, 400, "BadRequest", 'the request is for MessagingUser',
         {**manifest(), "kind": "Secret"}),
    Case("a body that is no JSON", "POST", USERS, 400, "BadRequest", "the body is not JSON: see byte 2", "nonsense"),
    Case("JSON that ends early", "POST", USERS, 400, "BadRequest", "the body is not JSON", '{"spec":'),
    Case("an empty body", "POST", USERS, 400, "BadRequest", "the body is not JSON", ""),
    Case("a body in no known format", "POST", USERS, 415, "UnsupportedMediaType",
         "accepted media types include: application/json, application/yaml", "<user/>", "application/xml"),
    Case("JSON that nests 10,000 deep", "POST", USERS, 400, "BadRequest", "nests deeper than 64 levels",
         "[" * 10_000 + "]" * 10_000),
    Case("YAML that nests 10,000 deep", "POST", USERS, 400, "BadRequest", "64", "[" * 10_000 + "]" * 10_000,
         "application/yaml"),
    Case("JSON of a million values", "POST", USERS, 413, "RequestEntityTooLarge", "more than 200000 values",
         "[" + "0," * 1_000_000 + "0]"),
    Case("a JSON patch that does not apply", "PATCH", ALICE, 422, "Invalid", "does not apply",
         [{"op": "remove", "path": "/spec/nothing"}], PATCH),
    Case("a JSON patch whose test fails", "PATCH", ALICE, 422, "Invalid", "does not apply",
         [{"op": "test", "path": "/spec/username", "value": "bob"}], PATCH),
    Case("a JSON patch that is none", "PATCH", ALICE, 400, "BadRequest", "patch", {"op": "add"}, PATCH),
    Case("a merge patch that is none", "PATCH", ALICE, 400, "BadRequest", "a merge patch must be an object", [1], MERGE),
    Case("a strategic merge patch", "PATCH", ALICE, 415, "UnsupportedMediaType", "application/merge-patch+json", {},
         "application/strategic-merge-patch+json"),
    Case("an apply without a manager", "PATCH", ALICE, 422, "Invalid", "fieldManager: Required value", named("shop.alice"),
         APPLY),
    Case("a patch of what is not there", "PATCH", USERS + "/shop.nobody", 404, "NotFound",
         'messagingusers.user.enmasse.io "shop.nobody" not found', {}, MERGE),
    Case("a stale resourceVersion", "PUT", ALICE, 409, "Conflict",
         "the object has been modified; please apply your changes to the latest version and try again",
         {**manifest(username="alice"), "metadata": {"name": "shop.alice", "resourceVersion": "1"}}),
    Case("another name than the path's", "PUT", ALICE, 400, "BadRequest",
         'the name of the object ("shop.bob") does not match the name on the URL ("shop.alice")', manifest()),
    Case("another namespace than the path's", "POST", USERS, 400, "BadRequest", "does not match the namespace",
         {**manifest(), "metadata": {"name": "shop.bob", "namespace": "team2"}}),
    Case("what is there already", "POST", USERS, 409, "AlreadyExists",
         'messagingusers.user.enmasse.io "shop.alice" already exists', named("shop.alice")),
    Case("no name", "POST", USERS, 422, "Invalid", "name or generateName is required", {**manifest(), "metadata": {}},
         causes=[("FieldValueRequired", "metadata.name")]),
    *(Case(f"a name that is none: {name[:20]!r}", "POST", USERS, 422, "Invalid", "is no name", named(name),
           causes=[("FieldValueInvalid", "metadata.name")])
      for name in ["shop.Bob", "shop.b_b", "shop.b/b", "shop..b", "shop.b\n", "shop." + "b" * 249]),
    Case("a name without an address space", "POST", USERS, 422, "Invalid", "does not name its address space", named("bob"),
         causes=[("FieldValueInvalid", "metadata.name")]),
    Case("a continue token that is made up", "GET", USERS + "?limit=1&continue=bWFkZSB1cA", 400, "BadRequest", "continue"),
    Case("a limit that is no number", "GET", USERS + "?limit=many", 400, "BadRequest", "limit"),
    Case("a watch from the future", "GET", USERS + "?watch=true&resourceVersion=999999999", 504, "Timeout",
         "Too large resource version: 999999999", causes=[("ResourceVersionTooLarge", None)]),
    Case("a version that is no number", "GET", USERS + "?watch=true&resourceVersion=x", 400, "BadRequest",
         "resourceVersion"),
    Case("a label selector that is none", "GET", USERS + "?labelSelector=a%3D%3D%3D", 400, "BadRequest", "labelSelector"),
    Case("a field that nothing is selected by", "GET", USERS + "?fieldSelector=spec.authentication.password%3Dx", 400,
         "BadRequest", "field"),
    Case("a dry run of another kind", "POST", USERS + "?dryRun=Some", 422, "Invalid", "dryRun", manifest()),
    Case("a method that is not there", "POST", ALICE, 405, "MethodNotAllowed", "does not allow this method", manifest()),
    Case("a method that nobody knows", "BREW", USERS, 405, "MethodNotAllowed", "use GET, HEAD, POST, PUT, PATCH or DELETE"),
    Case("a kind that is not there", "GET", f"/apis/{GROUP}/v1beta1/namespaces/team1/teapots", 404, "NotFound",
         "the server could not find the requested resource"),
    Case("a subresource that is not there", "GET", ALICE + "/scale", 404, "NotFound",
         "the server could not find the requested resource"),
    *(Case(f"{way} in a path", "GET", path, code, reason, words) for way, path, code, reason, words in [
        ("..", USERS + "/../../../../../etc/passwd", 400, "BadRequest", "is \".\" or \"..\""),
        ("%2e%2e", USERS + "/%2e%2e", 400, "BadRequest", "is \".\" or \"..\""),
        ("%2f", USERS + "/%2fetc%2fpasswd", 400, "BadRequest", "path"),
        ("a zero byte", USERS + "/a%00b", 400, "BadRequest", "path"),
        ("half of an escape", USERS + "/a%4", 400, "BadRequest", "path")]),
    *(Case(f"impersonation by {header}", "GET", USERS, 403, "Forbidden", "nobody can be impersonated here",
           headers={header: "somebody"}) for header in ["Impersonate-User", "Impersonate-Group", "impersonate-extra-a"]),
]


class BadInputTest(ServedTest):
    def setUp(self):
        super().setUp()
        self.write("all.yaml", service() + PLAN + space() + user("alice", "secret"))
        self.served = self.serve("--https", "127.0.0.1:0")

    def assert_status(self, case, code, answer):
        self.assertEqual(("Status", "v1", "Failure"), (answer["kind"], answer["apiVersion"], answer["status"]), answer)
        self.assertEqual((case.code, case.code, case.reason), (code, answer["code"], answer["reason"]), answer)
        self.assertIn(case.words, answer["message"])
        causes = answer.get("details", {}).get("causes", [])
        self.assertEqual(case.causes, [(cause["reason"], cause.get("field")) for cause in causes])
        for _, field in case.causes:
            self.assertIn(field or "", answer["message"], "kubectl shows the message of what is invalid")

    def test_each_is_answered_with_a_status_that_says_what_is_wrong(self):
        with RestApi(self.data) as api:
            for case in CASES:
                with self.subTest(case.what):
                    body = case.body if case.body is None or isinstance(case.body, str) else json.dumps(case.body)
                    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": case.type, **case.headers}
                    api.connection.request(case.method, case.path, body, headers)
                    answer = api.connection.getresponse()
                    self.assert_status(case, answer.status, json.loads(answer.read()))
            listed = api.ask("GET", USERS)[1]["items"]
        self.assertEqual(["shop.alice"], [item["metadata"]["name"] for item in listed], "nothing of it was stored")

    def test_unknown_and_doubled_fields_are_warned_of_or_passed_over(self):
        with RestApi(self.data) as api:
            for how, warned in [("Warn", ['unknown field "spec.typo"']), ("", ['unknown field "spec.typo"']), ("Ignore", [])]:
                code, answer, headers = api.ask("POST", USERS + f"?dryRun=All&fieldValidation={how}", manifest(typo=1))
                self.assertEqual(201, code, answer)
                self.assertNotIn("typo", answer["spec"])
                said = [re.fullmatch('299 - "(.*)"', value).group(1).replace('\\"', '"')
                        for value in headers.get_all("Warning", [])]
                self.assertEqual(warned, said, how)

    def send_raw(self, api, head, pieces):
        """The answer to a request that is written until the server has had enough of it."""
        address = urllib.parse.urlsplit(api.url)
        context = ssl.create_default_context(cadata=api.authority)
        plain = socket.create_connection((address.hostname, address.port), timeout=PATIENCE)
        with context.wrap_socket(plain, server_hostname=address.hostname) as connection:
            try:
                connection.sendall(head.encode() + f"Authorization: Bearer {api.token}\r\n".encode())
                for piece in pieces:
                    connection.sendall(piece)
            except OSError:
                pass  # it has closed, and what it said is there to be read
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, json.loads(answer.read())

    def test_what_is_too_large_or_never_ends_is_cut(self):
        post = f"POST {USERS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        endless = 10_000  # pieces of 64 KiB: far beyond any bound
        too_large = dict(code=413, reason="RequestEntityTooLarge", method="", path="")
        for case, head, pieces in [
            (Case("a body of 4 GiB", words="the body is too large: 3145728 bytes at most", **too_large), post,
             [b"Content-Length: 4294967296\r\n\r\n"]),
            (Case("a body that never ends", words="the body is too large: 3145728 bytes at most", **too_large), post,
             [b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b" " * 65536 + b"\r\n"] * endless]),
            (Case("headers that never end", "", "", 431, "RequestHeaderFieldsTooLarge", "32768 bytes at most"), post,
             [b"X-Header: " + b"x" * 65526 + b"\r\n"] * endless),
        ]:
            with self.subTest(case.what), RestApi(self.data) as api:
                self.assert_status(case, *self.send_raw(api, head, pieces))

    def test_a_body_is_not_unpacked_and_has_one_end(self):
        post = f"POST {USERS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        bomb = gzip.compress(b" " * (64 << 20))
        chunked = f"{len(bomb):x}\r\n".encode() + bomb + b"\r\n0\r\n\r\n"
        for case, head in [
            (Case("64 MiB of blanks in 64 KiB", "", "", 415, "UnsupportedMediaType", "without Content-Encoding"),
             f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode() + bomb),
            (Case("the same in chunks", "", "", 415, "UnsupportedMediaType", "without Content-Encoding"),
             b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked),
            (Case("chunks that are packed", "", "", 501, "BadRequest", "no other coding is known"),
             b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked),
            (Case("two ends", "", "", 400, "BadRequest", ""),
             b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked),
            (Case("a chunk whose size has another base", "", "", 400, "BadRequest", ""),
             b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n"),
            (Case("a chunk of more bytes than there are numbers", "", "", 400, "BadRequest", "the size of each chunk"),
             b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n"),
        ]:
            with self.subTest(case.what), RestApi(self.data) as api:
                self.assert_status(case, *self.send_raw(api, post, [head]))

    def test_a_token_that_is_one_byte_off_is_no_token(self):
        with RestApi(self.data) as api:
            right = api.token
        for at in [0, len(right) // 2, len(right) - 1]:
            wrong = right[:at] + ("x" if right[at] != "x" else "y") + right[at + 1:]
            with RestApi(self.data, wrong) as api:
                self.assert_status(Case("", "", "", 401, "Unauthorized", "the token is not known here"),
                                   *api.ask("GET", USERS)[:2])

    def test_whoever_may_nothing_gets_the_same_answer_for_what_is_there_and_what_is_not(self):
        token = subprocess.run([DOORWARD, "token", "create", "--data-dir", self.data, "--name", "nobody"], text=True,
                               capture_output=True, check=True, timeout=PATIENCE).stdout.strip()
        self.served.wait_for("tokens reread")
        with RestApi(self.data, token) as api:
            for method, body in [("GET", None), ("DELETE", None), ("PUT", manifest()), ("PATCH", {})]:
                said = []
                for name in ["shop.alice", "shop.nobody"]:
                    code, answer, _ = api.ask(method, f"{USERS}/{name}", body)
                    self.assert_status(Case("", "", "", 403, "Forbidden", 'forbidden: User "nobody" cannot'), code, answer)
                    said.append(json.dumps(answer).replace(name, "NAME"))
                self.assertEqual(said[0], said[1], method)


if __name__ == "__main__":
    unittest.main()
