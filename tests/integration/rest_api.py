"""The REST API of a `doorward serve`, asked with what its administrator's kubeconfig says, or with another token."""
import base64
import http.client
import json
import re
import ssl
import urllib.parse

from served import PATIENCE


class RestApi:
    """`url`, `authority` (PEM) and `token` as the kubeconfig of a data directory has them now."""

    def __init__(self, data, token=None):
        config = (data / "admin.kubeconfig").read_text()
        self.url = re.search('server: "(.*)"', config).group(1)
        self.authority = base64.b64decode(re.search("certificate-authority-data: (.*)", config).group(1)).decode()
        self.token = token or re.search("token: (.*)", config).group(1)
        address = urllib.parse.urlsplit(self.url)
        self.connection = http.client.HTTPSConnection(
            address.hostname, address.port, context=ssl.create_default_context(cadata=self.authority), timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, method, path, body=None, content_type="application/json"):
        """The response, unread."""
        self.connection.request(method, path, body=None if body is None else json.dumps(body),
                                headers={"Authorization": f"Bearer {self.token}", "Content-Type": content_type})
        return self.connection.getresponse()

    def ask(self, *request):
        """Status, body and headers."""
        answer = self.send(*request)
        return answer.status, json.loads(answer.read()), answer.headers
