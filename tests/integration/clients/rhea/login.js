// One login by rhea: HOST PORT REALM MECHANISM USER PASSWORD. Prints one line of JSON: what came back, as this
// client saw it. For rhea the mechanism follows from what it is given: PLAIN with a password, else ANONYMOUS.
const [host, port, realm, mechanism, user, password] = process.argv.slice(2);
const container = require('rhea').create_container();

let answer = { ok: false, error: 'the connection ended without a word' };
const who = mechanism === 'PLAIN' ? { username: user, password } : { username: 'anonymous' };

container.on('connection_open', ({ connection }) => {
  const properties = connection.properties || {};
  answer = {
    ok: true,
    mechanism: connection.sasl_transport.mechanism_name,
    identity: properties['authenticated-identity'],
    groups: properties.groups,
    addressAuthz: properties['address-authz'],
    offered: [].concat(connection.remote.open.offered_capabilities || []),
    closed: false,
  };
});
container.on('connection_close', () => { answer.closed = true; });
// The first reason is the one to tell: what follows it is the socket coming down.
const refused = ({ connection, error }) => {
  const reason = error || (connection && connection.error);
  if (reason && !refused.told) {
    refused.told = true;
    answer = { ok: false, error: reason.description || reason.message || String(reason) };
  }
};
for (const event of ['connection_error', 'disconnected', 'error']) container.on(event, refused);
process.on('exit', () => console.log(JSON.stringify(answer)));

container.connect({
  host,
  port: Number(port),
  hostname: realm,
  sasl_init_hostname: realm,
  reconnect: false,
  desired_capabilities: 'ADDRESS-AUTHZ',
  ...who,
});
