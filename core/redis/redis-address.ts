import type { ConnectionOptions } from 'node:tls';

export type HostPort = { host: string; port: number };

/** How to sign in. An empty string means no user name, or no password. */
type Login = { username: string; password: string };

/** Where Redis is, what kind of servers it consists of, and how to sign in. */
export type RedisAddress = { tls: ConnectionOptions | null } & (
  | { topology: 'standalone'; url: string }
  | { topology: 'sentinel'; sentinels: HostPort[]; masterName: string; login: Login; sentinelLogin: Login }
  | { topology: 'cluster'; nodes: HostPort[]; login: Login }
);

/** What the environment says about Redis besides its URL. */
export type RedisAccess = { tls?: ConnectionOptions; sentinelLogin?: Partial<Login> };

export const redisUrlForms =
  'redis://, rediss://, redis+sentinel://, rediss+sentinel://, redis+cluster:// or rediss+cluster://';
export const isRedisUrl = /^rediss?(\+sentinel|\+cluster)?:\/\//;

const sentinelForm = 'redis+sentinel://:password@host:26379,host:26379/<master name>';
const clusterForm = 'redis+cluster://:password@host:6379,host:6379';

/**
 * Reads a `REDIS_URL`. `rediss` means TLS, for Sentinels too. Throws an error that says what is wrong and never shows
 * the password.
 */
export function parseRedisUrl(text: string, { tls = {}, sentinelLogin = {} }: RedisAccess = {}): RedisAddress {
  const match = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^/?#]*)([^?#]*)(.*)$/s.exec(text);
  if (match === null) throw new Error(`must begin with ${redisUrlForms}`);
  const [, scheme = '', kind, login = '', hosts = '', path = '', rest = ''] = match;
  const security = scheme === 'rediss' ? tls : null;
  if (kind === undefined) {
    if (!URL.canParse(text)) throw new Error("can't be read: it must look like redis://:password@127.0.0.1:6379");
    return { topology: 'standalone', url: text, tls: security };
  }
  const form = kind === 'sentinel' ? sentinelForm : clusterForm;
  if (rest !== '') throw new Error(`takes no parameters after the address: it must look like ${form}`);
  const name = decoded(path.replace(/^\//, ''), form);
  if (kind === 'cluster') {
    if (name !== '') {
      throw new Error(`must not end with /${name}: a cluster has only database 0. It must look like ${form}`);
    }
    return { topology: 'cluster', nodes: parseHosts(hosts, 6379, form), login: parseLogin(login, form), tls: security };
  }
  if (name === '') throw new Error(`must end with the master's name, as the Sentinels know it: ${form}`);
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    throw new Error(
      `must end with one master name (letters, digits, ".", "-" and "_") and no database number: ${form}`,
    );
  }
  return {
    topology: 'sentinel',
    sentinels: parseHosts(hosts, 26_379, form),
    masterName: name,
    login: parseLogin(login, form),
    sentinelLogin: { username: sentinelLogin.username ?? '', password: sentinelLogin.password ?? '' },
    tls: security,
  };
}

export const addressOf = (address: RedisAddress | string): RedisAddress =>
  typeof address === 'string' ? parseRedisUrl(address) : address;

export const showHost = ({ host, port }: HostPort): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

function parseHosts(text: string, defaultPort: number, form: string): HostPort[] {
  return text.split(',').map((item) => {
    const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(item);
    const port = Number(match?.[3] ?? defaultPort);
    if (match === null || port < 1 || port > 65_535) {
      throw new Error(`has an address that can't be read: "${item}". It must look like ${form}`);
    }
    return { host: match[1] ?? match[2] ?? '', port };
  });
}

function parseLogin(text: string, form: string): Login {
  const at = text.indexOf(':');
  if (at < 0) return { username: decoded(text, form), password: '' };
  return { username: decoded(text.slice(0, at), form), password: decoded(text.slice(at + 1), form) };
}

function decoded(text: string, form: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`has a % that is not percent-encoding. It must look like ${form}`);
  }
}
