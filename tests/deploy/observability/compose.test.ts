import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboardsFolder } from '../../../scripts/dashboards/dashboards.ts';
import { findTool } from '../../../scripts/debian/find-tool.ts';
import { root } from '../../support/processes.ts';
import { declarePrometheus, itNeedsPrometheus, promtool } from '../../support/prometheus.ts';
import { compose as debianCompose } from '../debian-tool.ts';
import { alarmsFile } from './alarms.ts';

const compose = await findTool(debianCompose);
const missing = 'missing' in compose ? compose.missing : null;

it('docker-compose is installed or can be fetched, to check docker-compose.yml', ({ skip }) => {
  if (process.env['CI'] === undefined && missing !== null) skip(missing);
  expect(missing).toBeNull();
});

declarePrometheus();

type Mount = { type: string; source: string; target: string; read_only?: boolean };
type Service = {
  image: string;
  user: string;
  cap_drop: string[];
  security_opt: string[];
  read_only: boolean;
  environment?: Record<string, string>;
  ports?: { host_ip: string; published: string; target: number }[];
  volumes?: Mount[];
};

function resolved(profiles: string[]): Record<string, Service> {
  if ('missing' in compose) throw new Error(compose.missing);
  const args = ['--file', join(root, 'docker-compose.yml'), ...profiles.flatMap((name) => ['--profile', name])];
  const passwords = { MYSQL_PASSWORD: 'a', REDIS_PASSWORD: 'b', AUTH_SECRET: 'c' };
  const text = execFileSync(compose.path, [...args, 'config', '--format', 'json'], {
    ...{ cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...passwords },
  });
  return (JSON.parse(text) as { services: Record<string, Service> }).services;
}

describe.skipIf(missing !== null)('docker compose', () => {
  it('starts Prometheus, Grafana and a store of traces only with the profile observability', () => {
    const base = ['api', 'migrate', 'mysql', 'redis', 'worker'];
    expect(Object.keys(resolved([])).toSorted()).toEqual(base);
    expect(Object.keys(resolved(['observability'])).toSorted()).toEqual(
      [...base, 'grafana', 'jaeger', 'prometheus'].toSorted(),
    );
  });

  it('runs them without capabilities, as a user other than root, on a read-only root, and reachable from this host only', () => {
    const services = resolved(['observability']);
    for (const name of ['prometheus', 'grafana', 'jaeger']) {
      const service = services[name];
      expect({ name, ...service }).toMatchObject({
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        read_only: true,
        image: expect.stringMatching(/:v?\d+\.\d+\.\d+$/) as unknown,
        user: expect.stringMatching(/^[1-9]\d*:/) as unknown,
      });
      expect(service?.ports?.map(({ host_ip }) => host_ip)).toEqual(['127.0.0.1']);
    }
  });

  it('mounts only files that exist, and none that a container can change', () => {
    const services = resolved(['observability']);
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes.filter(({ type }) => type === 'bind'));
    expect(mounts.length).toBeGreaterThan(3);
    for (const { source, read_only: isReadOnly } of mounts) {
      expect({ source, exists: existsSync(source), isReadOnly }).toEqual({ source, exists: true, isReadOnly: true });
    }
  });

  it('gives Grafana the dashboards and the addresses of Prometheus and Jaeger', () => {
    const { grafana, prometheus, jaeger } = resolved(['observability']);
    const inGrafana = (target: string): string => {
      const mount = grafana?.volumes?.find((volume) => target.startsWith(volume.target) && volume.type === 'bind');
      if (mount === undefined) throw new Error(`Nothing is mounted at ${target}.`);
      return join(mount.source, target.slice(mount.target.length));
    };
    const read = (path: string): unknown => parse(readFileSync(inGrafana(`/etc/grafana/provisioning/${path}`), 'utf8'));
    const { datasources } = read('datasources/stores.yaml') as { datasources: { type: string; url: string }[] };
    expect(datasources.map(({ type, url }) => [type, url])).toEqual([
      ['prometheus', `http://prometheus:${prometheus?.ports?.[0]?.target}`],
      ['jaeger', `http://jaeger:${jaeger?.ports?.[0]?.target}`],
    ]);
    const { providers } = read('dashboards/firstcome.yaml') as { providers: { options: { path: string } }[] };
    expect(inGrafana(providers[0]?.options.path ?? '')).toBe(dashboardsFolder);
    expect(readdirSync(dashboardsFolder).length).toBeGreaterThan(3);
  });

  itNeedsPrometheus(
    'gives Prometheus settings that it accepts, with the alarms and the ports of API and worker',
    () => {
      const services = resolved(['observability']);
      const files = services['prometheus']?.volumes?.filter(({ type }) => type === 'bind') ?? [];
      expect(files.map(({ source }) => source)).toContain(alarmsFile);
      const [settings = ''] = files.map(({ source }) => source).filter((file) => basename(file) === 'prometheus.yaml');
      // promtool looks for the rules beside the settings, as Prometheus does in its container.
      expect(promtool(['check', 'config', settings])).toMatchObject({ code: 0 });
      const { scrape_configs: scrapes } = parse(readFileSync(settings, 'utf8')) as {
        scrape_configs: {
          static_configs?: { targets: string[] }[];
          dns_sd_configs?: { names: string[]; port: number }[];
        }[];
      };
      const targets = scrapes.flatMap(({ static_configs: fixed = [], dns_sd_configs: looked = [] }) => [
        ...fixed.flatMap(({ targets: each }) => each),
        ...looked.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)),
      ]);
      expect(targets).toEqual([
        `api:${services['api']?.environment?.['PORT']}`,
        `worker:${services['worker']?.environment?.['WORKER_PORT']}`,
      ]);
    },
  );
});
