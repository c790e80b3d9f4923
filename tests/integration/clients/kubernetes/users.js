// Users of the REST API by @kubernetes/client-node, as a line of JSON asks (standard input) and a line of JSON
// answers (standard output): what was called, and what an informer saw.
import * as k8s from '@kubernetes/client-node';
import readline from 'node:readline';

const [kubeconfig] = process.argv.slice(2);
const RETRY_MS = 200;

const config = new k8s.KubeConfig();
config.loadFromFile(kubeconfig);
const api = config.makeApiClient(k8s.CustomObjectsApi);
const all = {group: 'user.enmasse.io', version: 'v1beta1', namespace: 'team1', plural: 'messagingusers'};

const say = line => console.log(JSON.stringify(line));
const name = object => object.metadata.name;

const calls = {
  list: async () => (await api.listNamespacedCustomObject(all)).items.map(name),
  create: async ({user}) => name(await api.createNamespacedCustomObject({...all, body: user})),
  // A JSON patch is what this client sends unless it is told otherwise.
  patch: async ({name, patch}) => (await api.patchNamespacedCustomObject({...all, name, body: patch})).metadata.labels,
  delete: async ({name}) => (await api.deleteNamespacedCustomObject({...all, name})).status,
  deleteAll: async () => (await api.deleteCollectionNamespacedCustomObject(all)).status,
};

// As the client's own examples have it: after an error it is started again, and lists anew.
const path = `/apis/${all.group}/${all.version}/namespaces/${all.namespace}/${all.plural}`;
const informer = k8s.makeInformer(config, path, () => api.listNamespacedCustomObject(all));
for (const event of ['add', 'update', 'delete']) {
  informer.on(event, object => say({event, name: name(object), version: object.metadata.resourceVersion}));
}
informer.on('connect', () => say({event: 'connect'}));
const start = () => informer.start().catch(() => setTimeout(start, RETRY_MS));
informer.on('error', () => setTimeout(start, RETRY_MS));
await start();

for await (const line of readline.createInterface({input: process.stdin})) {
  const {call, ...rest} = JSON.parse(line);
  try {
    say({call, answer: await calls[call](rest)});
  } catch (error) {
    say({call, code: error.code ?? 0, message: String(error.body ?? error.message)});
  }
}
process.exit(0);
