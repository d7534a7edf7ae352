// The Kubernetes manifests: valid by Kubernetes' own schemas, with no key that Kubernetes would not know, and of one piece: labels,
// ports, names, the config that they carry and the version of the image agree.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { version } from '../../../src/version.ts';
import { moduleOf, typeProblems } from '../../support/manifest-types.ts';

const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, 'config/kubernetes');

// biome-ignore lint/suspicious/noExplicitAny: manifests are looked into freely
type Manifest = any;

const manifests: readonly Manifest[] = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
  .map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });

const ofKind = (kind: string): Manifest[] => manifests.filter((each) => each.kind === kind);
const named = (kind: string, name: string): Manifest =>
  ofKind(kind).find(({ metadata }) => metadata.name === name) ?? expect.fail(`there is no ${kind} ${name}`);
const titleOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
const containersOf = ({ spec }: Manifest): Manifest[] => [
  ...(spec.template.spec.initContainers ?? []),
  ...spec.template.spec.containers,
];

describe('the manifests', () => {
  it.each(manifests.map((each) => [titleOf(each), each] as const))('%s is valid by the schema', async (_, manifest) => {
    const kinds = (await import(moduleOf(manifest))) as Record<string, new (data: unknown) => { validate(): void }>;
    const Kind = kinds[manifest.kind] ?? expect.fail(`no schema for ${manifest.kind}`);
    new Kind(manifest).validate();
  });

  it('hold no key that Kubernetes would silently ignore', () => {
    expect(typeProblems(manifests)).toBe('');
    const [first] = ofKind('Deployment');
    const misspelt = structuredClone(first);
    misspelt.spec.template.spec.containers[0].imagPullPolicy = 'Never';
    expect(typeProblems([misspelt])).toMatch(/imagPullPolicy.* does not exist/);
  });

  it('choose pods that there are', () => {
    const pods = ofKind('Deployment').map(({ spec }) => spec.template.metadata.labels);
    for (const { spec } of ofKind('Deployment'))
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    const selectors = [
      ...ofKind('Service').map(({ spec }) => ({ matchLabels: spec.selector })),
      ...ofKind('PodDisruptionBudget').map(({ spec }) => spec.selector),
      ...ofKind('NetworkPolicy').flatMap(podSelectorsOf),
    ];
    expect(selectors.length).toBeGreaterThan(10);
    for (const selector of selectors) {
      if (selector.matchLabels?.['k8s-app'] === 'kube-dns') continue;
      expect(
        pods.filter((labels) => isChosen(labels, selector)),
        JSON.stringify(selector),
      ).not.toEqual([]);
    }
    expect(named('Service', 'penumbra').metadata.labels).toMatchObject(
      named('ServiceMonitor', 'penumbra').spec.selector.matchLabels,
    );
  });

  it('name ports, volumes, secrets and priorities that there are', () => {
    for (const { spec } of ofKind('Service')) {
      const chosen = ofKind('Deployment').filter((each) =>
        isChosen(each.spec.template.metadata.labels, { matchLabels: spec.selector }),
      );
      for (const pod of chosen) {
        const open = containersOf(pod).flatMap(({ ports }) => ports.map((port: Manifest) => port.name));
        for (const { targetPort } of spec.ports) expect(open).toContain(targetPort);
      }
    }
    for (const deployment of ofKind('Deployment')) {
      const { volumes = [], priorityClassName } = deployment.spec.template.spec;
      const mounted = containersOf(deployment).flatMap(({ volumeMounts = [] }) =>
        volumeMounts.map(({ name }: Manifest) => name),
      );
      expect(new Set(mounted)).toEqual(new Set(volumes.map(({ name }: Manifest) => name)));
      if (priorityClassName !== undefined) named('PriorityClass', priorityClassName);
    }
    const [endpoint] = named('ServiceMonitor', 'penumbra').spec.endpoints;
    expect(named('Service', 'penumbra').spec.ports[0].name).toBe(endpoint.port);
    expect(volumeOf('token').secret.secretName).toBe(endpoint.authorization.credentials.name);
    named('PersistentVolumeClaim', volumeOf('data').persistentVolumeClaim.claimName);
    named('ConfigMap', volumeOf('config').configMap.name);
  });

  it('are of this version', () => {
    const images = ofKind('Deployment').flatMap((each) => containersOf(each).map(({ image }) => image));
    expect(new Set(images)).toEqual(new Set([`penumbra:${version}`]));
    const labels = manifests.flatMap(({ metadata, spec }) => [metadata.labels, spec?.template?.metadata.labels]);
    const versions = labels.map((each) => each?.['app.kubernetes.io/version']).filter((each) => each !== undefined);
    expect(new Set(versions)).toEqual(new Set([version]));
  });

  it('give no container more than it needs', () => {
    for (const deployment of ofKind('Deployment')) {
      const { securityContext, automountServiceAccountToken } = deployment.spec.template.spec;
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(automountServiceAccountToken).toBe(false);
      for (const { securityContext: own, resources } of containersOf(deployment)) {
        expect(own).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(Object.keys(resources.requests)).toEqual(['cpu', 'memory']);
        expect(resources.limits.memory).toBeDefined();
      }
    }
  });
});

describe('the config in the manifests', () => {
  const { config, errors } = readMountedConfig();
  const [tap, comparator] = containersOf(named('Deployment', 'penumbra'));

  it('is valid, and listens where the pod and the Service say', () => {
    expect(errors).toEqual([]);
    expect(config?.api.listen).toBe(`0.0.0.0:${comparator.ports[0].containerPort}`);
    expect(config?.api.tokenFrom).toEqual({ from: 'file', path: `${mountOf(comparator, 'token')}/token` });
    expect(config?.store.path.startsWith(`${mountOf(comparator, 'data')}/`)).toBe(true);
    expect(comparator.args).toContain(mountOf(comparator, 'config'));
  });

  it('finds the tap at the socket that both share, and the tap relays to the same production', () => {
    const link = config?.source.tap?.link;
    expect(config?.source.tap?.listen ?? null).toBeNull();
    expect(argument(tap, '--link')).toBe(link);
    for (const one of [tap, comparator]) expect(link?.startsWith(`${mountOf(one, 'link')}/`)).toBe(true);
    expect(argument(tap, '--listen')).toBe(`0.0.0.0:${tap.ports[0].containerPort}`);
    expect(`http://${argument(tap, '--upstream')}`).toBe(config?.production.url);
  });

  it('asks Services that there are, at their ports, and the policies let it', () => {
    const urls = [...(text().matchAll(/http:\/\/([\w-]+):(\d+)/g) ?? [])];
    expect(urls.length).toBe(3);
    for (const [, host = '', port] of urls) {
      const { spec } = named('Service', host);
      expect(spec.ports[0].port).toBe(Number(port));
      const [pod] = ofKind('Deployment').filter((each) =>
        isChosen(each.spec.template.metadata.labels, { matchLabels: spec.selector }),
      );
      const lets = named('NetworkPolicy', 'penumbra').spec.egress.some(
        ({ to, ports }: Manifest) =>
          to.some(({ podSelector }: Manifest) => isChosen(pod.spec.template.metadata.labels, podSelector)) &&
          ports.some((each: Manifest) => each.port === pod.spec.template.spec.containers[0].ports[0].containerPort),
      );
      expect(lets, host).toBe(true);
    }
  });

  it('shadow pods are asked by penumbra alone and ask nobody but DNS and fault proxies', () => {
    const { spec } = named('NetworkPolicy', 'shadow-pods');
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    const penumbra = named('Deployment', 'penumbra').spec.selector;
    expect(spec.ingress.flatMap(({ from }: Manifest) => from)).toEqual([{ podSelector: penumbra }]);
    expect(spec.egress.flatMap(({ to }: Manifest) => to).map(({ podSelector }: Manifest) => podSelector)).toEqual([
      { matchLabels: { 'k8s-app': 'kube-dns' } },
      penumbra,
    ]);
    const shadows = ofKind('Deployment').filter((each) =>
      isChosen(each.spec.template.metadata.labels, spec.podSelector),
    );
    expect(shadows.map(({ metadata }) => metadata.name)).toEqual(['flight-delay-control', 'flight-delay-candidate']);
  });
});

/** A selector as Kubernetes reads it: every label, and every label that must be there. */
function isChosen(labels: Record<string, string>, { matchLabels = {}, matchExpressions = [] }: Manifest): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator }: Manifest) => operator === 'Exists' && key in labels)
  );
}

function podSelectorsOf({ spec }: Manifest): Manifest[] {
  const peers = [...spec.ingress.flatMap(({ from = [] }) => from), ...spec.egress.flatMap(({ to = [] }) => to)];
  return [spec.podSelector, ...peers.flatMap(({ podSelector }) => podSelector ?? [])];
}

function volumeOf(name: string): Manifest {
  return named('Deployment', 'penumbra').spec.template.spec.volumes.find((each: Manifest) => each.name === name);
}

function mountOf({ volumeMounts }: Manifest, name: string): string {
  return volumeMounts.find((each: Manifest) => each.name === name).mountPath;
}

function argument({ args }: Manifest, name: string): string {
  return args[args.indexOf(name) + 1];
}

function text(): string {
  return named('ConfigMap', 'penumbra-config').data['penumbra.yaml'];
}

/** As in the image, where the models stand under /penumbra. */
function readMountedConfig(): { config: EffectiveConfig | null; errors: readonly unknown[] } {
  return checkConfigText(text().replaceAll('/penumbra/models/', `${root}/models/`), {
    env: {},
    directory: '/etc/penumbra',
  });
}
