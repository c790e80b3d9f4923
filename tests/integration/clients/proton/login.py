"""One login by Qpid Proton's Python binding: HOST PORT REALM MECHANISM|default USER PASSWORD [CA]

With a CA file it speaks TLS and sends the realm as SNI. Prints one line of JSON: what came back, as this client saw it.
"""
import json
import sys

import proton
from proton.handlers import MessagingHandler
from proton.reactor import Container

HOST, PORT, REALM, MECHANISM, USER, PASSWORD = sys.argv[1:7]
CA = sys.argv[7] if len(sys.argv) > 7 else None


class Login(MessagingHandler):
    def __init__(self):
        super().__init__()
        self.answer = {"ok": False, "error": "the connection ended without a word"}

    def on_start(self, event):
        options = {} if MECHANISM == "default" else {"allowed_mechs": MECHANISM}
        if CA:
            domain = proton.SSLDomain(proton.SSLDomain.MODE_CLIENT)
            domain.set_trusted_ca_db(CA)
            domain.set_peer_authentication(proton.SSLDomain.VERIFY_PEER)
            options["ssl_domain"] = domain
        event.container.connect(f"{'amqps' if CA else 'amqp'}://{HOST}:{PORT}", user=USER or None,
                                password=PASSWORD or None, virtual_host=REALM, reconnect=False,
                                desired_capabilities=proton.symbol("ADDRESS-AUTHZ"), **options)

    def on_connection_opened(self, event):
        properties = event.connection.remote_properties or {}
        authorization = properties.get("address-authz")
        self.answer = {
            "ok": event.transport.sasl().outcome == proton.SASL.OK,
            "mechanism": event.transport.sasl().mech,
            "identity": properties.get("authenticated-identity"),
            "groups": properties.get("groups"),
            "addressAuthz": authorization and {name: list(may) for name, may in authorization.items()},
            "offered": list(event.connection.remote_offered_capabilities or []),
            "closed": False,
        }

    def on_connection_closed(self, event):
        self.answer["closed"] = True

    def on_connection_error(self, event):
        self.answer.update(ok=False, error=str(event.connection.remote_condition))

    def on_transport_error(self, event):
        self.answer.update(ok=False, error=str(event.transport.condition))


login = Login()
Container(login).run()
print(json.dumps(login.answer))
