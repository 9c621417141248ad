import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { stopDeadlineMs } from '../../api/cluster.ts';
import { closeDeadlineMs } from '../../core/runtime/lifecycle.ts';
import { parseEnv } from '../../core/settings/env.ts';
import { root } from '../support/processes.ts';
import { makeTestDir } from '../support/run-dir.ts';
import { findTool } from '../../scripts/debian/find-tool.ts';
import { kubectl as debianKubectl } from './debian-tool.ts';
import { type KubernetesObject, schemaProblems, titleOf } from './kubernetes-schemas.ts';

// Compiling against the types of Kubernetes takes 3 s, and 17 s on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const kubectl = await findTool(debianKubectl);
const missing = 'missing' in kubectl ? kubectl.missing : null;
const folder = join(root, 'deploy', 'kubernetes');
const overlays = readdirSync(join(folder, 'overlays'));

it('kubectl is installed or can be fetched, to render the files of deploy/kubernetes', ({ skip }) => {
  if (process.env['CI'] === undefined && missing !== null) skip(missing);
  expect(missing).toBeNull();
});

type Probe = { httpGet: { path: string; port: string }; periodSeconds: number; failureThreshold: number };
type EnvVar = {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string; optional?: boolean } };
};
type Container = {
  name: string;
  image: string;
  command: string[];
  ports?: { name: string; containerPort: number }[];
  env?: EnvVar[];
  envFrom?: { configMapRef: { name: string } }[];
  volumeMounts?: { name: string; mountPath: string; readOnly: boolean }[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  securityContext: object;
  resources: { requests: Record<string, string>; limits: Record<string, string> };
};
type Pod = {
  initContainers?: Container[];
  containers: [Container];
  volumes?: { name: string; secret?: { secretName: string; optional?: boolean } }[];
  securityContext: object;
  automountServiceAccountToken?: boolean;
  terminationGracePeriodSeconds?: number;
};
type Rendered = KubernetesObject & { data?: Record<string, string>; spec?: Record<string, unknown> };

function render(overlay: string, from = folder): Rendered[] {
  if ('missing' in kubectl) throw new Error(kubectl.missing);
  const text = execFileSync(kubectl.path, ['kustomize', join(from, 'overlays', overlay)], { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => document.toJS() as Rendered);
}

const podPaths: Record<string, (spec: Record<string, unknown>) => unknown> = {
  Deployment: (spec) => spec['template'],
  Job: (spec) => spec['template'],
  CronJob: (spec) => (spec['jobTemplate'] as { spec: { template: unknown } }).spec.template,
};

/** Every pod that the objects create, under the name of the object that creates it. */
function podsOf(objects: Rendered[]): { name: string; pod: Pod; labels: Record<string, string> }[] {
  return objects.flatMap(({ kind, metadata, spec = {} }) => {
    const template = podPaths[kind]?.(spec) as { spec: Pod; metadata: { labels: Record<string, string> } } | undefined;
    return template === undefined
      ? []
      : [{ name: metadata.name, pod: template.spec, labels: template.metadata.labels }];
  });
}

const containersOf = ({ pod }: { pod: Pod }): Container[] => [...(pod.initContainers ?? []), ...pod.containers];
const byName = <T extends { name: string }>(list: T[], name: string): T => {
  const found = list.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
};

/** The environment of a container. Each secret gets a made-up value in the right format. */
function environmentOf(objects: Rendered[], container: Container): Record<string, string> {
  const maps = (container.envFrom ?? []).map(({ configMapRef }) => {
    const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name);
    if (map?.data === undefined) throw new Error(`There is no ConfigMap ${configMapRef.name}.`);
    return map.data;
  });
  const secrets: Record<string, string> = {
    DATABASE_URL: 'mysql://user:word@mysql:3306/firstcome',
    // The URL names Sentinels, because a process accepts a user and a password for Sentinels only with such a URL.
    REDIS_URL: 'redis+sentinel://:word@redis:26379/primary',
    QUEUE_REDIS_URL: 'redis://:word@queue:6379',
  };
  const own = (container.env ?? []).map(({ name, value }) => [name, value ?? secrets[name] ?? 'x'.repeat(40)]);
  return { ...Object.assign({}, ...maps), ...Object.fromEntries(own) } as Record<string, string>;
}

describe.skipIf(missing !== null).each(overlays)('deploy/kubernetes/overlays/%s', (overlay) => {
  const objects = missing === null ? render(overlay) : [];
  const pods = podsOf(objects);
  const every = pods.flatMap(containersOf);
  const main = (name: string): Container => byName(pods, name).pod.containers[0];

  it('consists of objects that Kubernetes and the operators accept, without unknown fields', async () => {
    expect(objects.length).toBeGreaterThan(15);
    expect(await schemaProblems(objects)).toEqual([]);
  });

  it('sets only environment variables that core/settings or the CLI reads, to values that they accept', () => {
    const schema = readFileSync(join(root, 'core/settings/env.ts'), 'utf8');
    const known = [...schema.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
    const ofOthers = ['FIRSTCOME_URL', 'FIRSTCOME_TOKEN', 'NODE_EXTRA_CA_CERTS'];
    for (const container of every) {
      const environment = environmentOf(objects, container);
      expect(Object.keys(environment).filter((name) => ![...known, ...ofOthers].includes(name))).toEqual([]);
    }
    for (const name of ['firstcome-api', 'firstcome-worker']) {
      expect(() => parseEnv(environmentOf(objects, main(name)))).not.toThrow();
    }
  });

  it('replaces a process’s pods if one of its settings has changed, and leaves all other pods alone', () => {
    const copy = makeTestDir(inject('runDir'), 'kubernetes');
    cpSync(folder, copy, { recursive: true });
    appendFileSync(join(copy, 'base', 'settings', 'api.env'), 'VIEWER_SEES_CODES=1\n');
    const changed = podsOf(render(overlay, copy));
    const replaced = pods.filter(({ name, pod }) => JSON.stringify(byName(changed, name).pod) !== JSON.stringify(pod));
    expect(replaced.map(({ name }) => name)).toEqual(['firstcome-api']);
  });

  it('passes the address and the password of every store to the processes, and those of optional stores if the Secret has them', () => {
    const needed = ['DATABASE_URL', 'REDIS_URL'];
    const optional = ['QUEUE_REDIS_URL', 'REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD'];
    for (const name of ['firstcome-api', 'firstcome-worker']) {
      const stores = (main(name).env ?? []).filter(
        ({ valueFrom }) => valueFrom?.secretKeyRef?.name === 'firstcome-stores',
      );
      const given = stores.map(({ name: variable, valueFrom }) => {
        expect(valueFrom?.secretKeyRef?.key).toBe(variable);
        return { variable, optional: valueFrom?.secretKeyRef?.optional ?? false };
      });
      expect(given).toEqual([
        ...needed.map((variable) => ({ variable, optional: false })),
        ...optional.map((variable) => ({ variable, optional: true })),
      ]);
    }
  });

  it('gives the stores’ certificates to every container that connects to a store, and starts such a container even without certificates', () => {
    for (const { name, pod } of pods) {
      const ofStores = containersOf({ pod }).filter(({ env = [] }) => env.some((each) => each.name === 'DATABASE_URL'));
      if (ofStores.length === 0) continue;
      expect({ name, volumes: pod.volumes }).toEqual({
        name,
        volumes: [{ name: 'certificates', secret: { secretName: 'firstcome-certificates', optional: true } }],
      });
      for (const { volumeMounts } of ofStores)
        expect({ name, volumeMounts }).toEqual({
          name,
          volumeMounts: [{ name: 'certificates', mountPath: '/etc/firstcome/certificates', readOnly: true }],
        });
    }
  });

  it('declares the ports on which the processes listen, and every Service targets one of them', () => {
    const api = main('firstcome-api');
    const worker = main('firstcome-worker');
    const env = parseEnv(environmentOf(objects, api));
    expect(api.ports).toEqual([
      { name: 'http', containerPort: env.port },
      { name: 'ops', containerPort: env.ops?.port },
    ]);
    expect(worker.ports).toEqual([
      { name: 'metrics', containerPort: parseEnv(environmentOf(objects, worker)).worker.port },
    ]);
    // A pod must listen on its own address, not on loopback.
    expect([env.host, parseEnv(environmentOf(objects, worker)).worker.host]).toEqual(['0.0.0.0', '0.0.0.0']);
    for (const { kind, metadata, spec } of objects) {
      if (kind !== 'Service') continue;
      const { selector, ports } = spec as { selector: Record<string, string>; ports: { targetPort: string }[] };
      const [target] = pods.filter(({ labels }) =>
        Object.entries(selector).every(([key, value]) => labels[key] === value),
      );
      const open = target?.pod.containers[0].ports?.map(({ name }) => name) ?? [];
      for (const { targetPort } of ports)
        expect({ service: metadata.name, open }).toEqual({
          service: metadata.name,
          open: expect.arrayContaining([targetPort]) as unknown,
        });
    }
  });

  it('probes paths that do not query each round, on a port whose connections the crowd can’t use up', () => {
    const { startupProbe, readinessProbe, livenessProbe } = main('firstcome-api');
    expect([startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/readyz/process', port: 'ops' },
      { path: '/readyz/process', port: 'ops' },
      { path: '/livez', port: 'ops' },
    ]);
    const worker = main('firstcome-worker');
    expect(worker.livenessProbe?.httpGet).toEqual({ path: '/livez', port: 'metrics' });
    expect(worker.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'metrics' });
    // A busy process may answer slowly, so Kubernetes may kill it only after a minute without an answer.
    for (const probe of [livenessProbe, worker.livenessProbe]) {
      expect((probe?.periodSeconds ?? 0) * (probe?.failureThreshold ?? 0)).toBeGreaterThanOrEqual(60);
    }
  });

  it('gives each process enough time to stop', () => {
    const graceMs = (name: string) => (byName(pods, name).pod.terminationGracePeriodSeconds ?? 0) * 1_000;
    const preStopMs = (main('firstcome-api').lifecycle?.preStop.sleep.seconds ?? 0) * 1_000;
    const marginMs = 3_000;
    expect(preStopMs).toBeGreaterThanOrEqual(5_000);
    expect(graceMs('firstcome-api')).toBeGreaterThanOrEqual(preStopMs + stopDeadlineMs + marginMs);
    expect(graceMs('firstcome-worker')).toBeGreaterThanOrEqual(closeDeadlineMs + marginMs);
  });

  it('runs the Dockerfile’s image, with that image’s commands and user, a read-only root and no capabilities', () => {
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    // `node` is the user of the official Node images, with id 1000.
    expect(dockerfile).toMatch(/^USER node$/m);
    for (const { name, pod } of pods) {
      expect({ name, ...pod.securityContext }).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect({ name, ...pod.securityContext }).toMatchObject({ seccompProfile: { type: 'RuntimeDefault' } });
      // Only the pod that calls the Kubernetes API gets a token for it.
      const talks = name === 'firstcome-scale-ahead';
      expect({ name, token: pod.automountServiceAccountToken }).toEqual({ name, token: talks ? undefined : false });
    }
    expect(new Set(every.map(({ image }) => image)).size).toBe(1);
    for (const { command, securityContext } of every) {
      expect(command[0]).toBe('node');
      expect(readFileSync(join(root, command[1] ?? ''), 'utf8')).not.toBe('');
      expect(readFileSync(join(root, '.dockerignore'), 'utf8')).toContain(`!${(command[1] ?? '').split('/')[0]}\n`);
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    expect(main('firstcome-api').command).toEqual(JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '[]'));
  });

  it('applies the migrations before the API and the worker start, as a database user that these two don’t use', () => {
    expect(main('firstcome-migrate').command).toEqual(['node', 'scripts/migrate.ts']);
    for (const name of ['firstcome-api', 'firstcome-worker']) {
      const [first] = byName(pods, name).pod.initContainers ?? [];
      expect(first?.command).toEqual(['node', 'scripts/migrate.ts', '--wait']);
    }
    const secretsOf = (name: string) =>
      new Set(
        containersOf(byName(pods, name)).flatMap(({ env = [] }) =>
          env.flatMap((each) => each.valueFrom?.secretKeyRef?.name ?? []),
        ),
      );
    expect(Object.fromEntries(pods.map(({ name }) => [name, [...secretsOf(name)]]))).toEqual({
      'firstcome-api': ['firstcome-stores', 'firstcome-auth'],
      'firstcome-worker': ['firstcome-stores'],
      'firstcome-migrate': ['firstcome-migrate'],
      'firstcome-scale-ahead': ['firstcome-scale-ahead'],
    });
    // These files contain no Secrets, because operators create the Secrets elsewhere.
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('keeps one API pod and one worker pod running during a disruption, and spreads the pods over zones and nodes', () => {
    for (const name of ['firstcome-api', 'firstcome-worker']) {
      const budget = objects.find(({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === name);
      const deployment = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
      expect(budget?.spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
      expect(budget?.spec?.['selector']).toEqual(deployment?.spec?.['selector']);
      const { topologySpreadConstraints: spread } = byName(pods, name).pod as unknown as {
        topologySpreadConstraints: { topologyKey: string; labelSelector: object }[];
      };
      expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
        'topology.kubernetes.io/zone',
        'kubernetes.io/hostname',
      ]);
      for (const { labelSelector } of spread) expect(labelSelector).toEqual(deployment?.spec?.['selector']);
      expect(deployment?.spec?.['strategy']).toMatchObject({ rollingUpdate: { maxUnavailable: 0 } });
    }
  });

  it('lets the scaling schedule change the autoscaler’s minimum, but not raise it above the maximum', () => {
    const scaler = objects.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
    const { minReplicas, maxReplicas, scaleTargetRef } = scaler?.spec as {
      minReplicas: number;
      maxReplicas: number;
      scaleTargetRef: { name: string };
    };
    const args = main('firstcome-scale-ahead').command.slice(2);
    const value = (name: string) => args.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1];
    expect(value('autoscaler')).toBe(scaler?.metadata.name);
    expect(Number(value('at-rest'))).toBe(minReplicas);
    expect(Number(value('for-openings'))).toBeLessThanOrEqual(maxReplicas);
    const deployment = objects.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === scaleTargetRef.name,
    );
    expect(deployment?.spec?.['replicas']).toBeUndefined();
    const role = objects.find(({ kind }) => kind === 'Role') as unknown as { rules: object[] };
    expect(role.rules).toEqual([
      {
        apiGroups: ['autoscaling'],
        resources: ['horizontalpodautoscalers'],
        resourceNames: [scaler?.metadata.name],
        verbs: ['get', 'patch'],
      },
    ]);
  });

  it('forbids all connections by default, and has one policy for each kind of pod', () => {
    const rules = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    expect(byPolicy(rules, 'firstcome-nothing').spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    for (const { name, labels } of pods) {
      const component = labels['app.kubernetes.io/component'];
      const own = rules.filter(
        ({ spec }) =>
          (spec?.['podSelector'] as { matchLabels?: Record<string, string> }).matchLabels?.[
            'app.kubernetes.io/component'
          ] === component,
      );
      expect({ name, policies: own.length }).toEqual({ name, policies: 1 });
    }
  });

  it('lets the API and the worker reach MySQL, Redis, the Sentinels and the cluster’s DNS, also through NodeLocal DNSCache', () => {
    const rules = objects.filter(({ kind }) => kind === 'NetworkPolicy');
    const egressOf = (name: string) => byPolicy(rules, name).spec?.['egress'] as EgressRule[];
    for (const name of ['firstcome-api', 'firstcome-worker']) {
      const ports = egressOf(name).flatMap((rule) => rule.ports.map(({ port }) => port));
      expect({ name, ports }).toEqual({ name, ports: expect.arrayContaining([3306, 6379, 26379]) as unknown });
    }
    const [dns] = egressOf('firstcome-names');
    expect(dns?.to).toContainEqual({ ipBlock: { cidr: '169.254.20.10/32' } });
    expect(dns?.ports.map(({ port }) => port)).toEqual([53, 53]);
  });
});

type EgressRule = { to?: object[]; ports: { port: number }[] };

it.skipIf(missing !== null)('counts a pod behind an ALB as ready only once the ALB has found it healthy', () => {
  const objects = render('aws');
  const namespace = objects.find(({ kind }) => kind === 'Namespace');
  expect(namespace?.metadata.labels).toMatchObject({ 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' });
  // The readiness gate has an effect only if the ALB connects to the pods themselves.
  const ingress = objects.find(({ kind }) => kind === 'Ingress');
  expect(ingress?.metadata).toMatchObject({ annotations: { 'alb.ingress.kubernetes.io/target-type': 'ip' } });
});

const byPolicy = (rules: Rendered[], name: string): Rendered => {
  const found = rules.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${name} among ${rules.map(titleOf).join(', ')}.`);
  return found;
};

it('the schema check finds a misspelled field, even in a custom resource, and a value of the wrong type', async () => {
  const problemsOf = async (object: object) => (await schemaProblems([object as KubernetesObject])).join();
  const pod = (spec: object) => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'wrong' } },
    ...{ spec: { containers: [{ name: 'api', image: 'firstcome' }], ...spec } },
  });
  expect(await problemsOf(pod({ terminationGracePeriodSeconds: 30 }))).toBe('');
  expect(await problemsOf(pod({ terminationGracePeriodSecond: 30 }))).toContain('does not exist in type');
  expect(await problemsOf(pod({ terminationGracePeriodSeconds: '30' }))).toContain('must be integer');
  const monitor = { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: { name: 'wrong' } };
  const spec = { selector: {}, endpoints: [{ port: 'metrics', intervals: '15s' }] };
  expect(await problemsOf({ ...monitor, spec })).toContain('does not exist in type');
});

it.skipIf(missing !== null)(
  'components/tracing makes API and worker record 1% of the traces, and lets them reach a collector',
  () => {
    const copy = makeTestDir(inject('runDir'), 'kubernetes-tracing');
    cpSync(folder, copy, { recursive: true });
    const overlay = join(copy, 'overlays', 'operators', 'kustomization.yaml');
    const text = readFileSync(overlay, 'utf8');
    writeFileSync(overlay, text.replace('components:\n', 'components:\n  - ../../components/tracing\n'));
    const objects = render('operators', copy);
    for (const name of ['firstcome-api', 'firstcome-worker']) {
      const environment = environmentOf(objects, byName(podsOf(objects), name).pod.containers[0]);
      expect(parseEnv(environment).tracing).toMatchObject({ sampler: 'parentbased_traceidratio', ratio: 0.01 });
      const { port } = new URL(environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '');
      const policy = objects.find(({ metadata }) => metadata.name === 'firstcome-traces');
      expect(policy?.spec).toMatchObject({
        podSelector: { matchExpressions: [{ values: ['api', 'worker'] }] },
        egress: [{ ports: [{ port: Number(port) }] }],
      });
    }
  },
);
