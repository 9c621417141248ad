import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../admin-cli/commands/index.ts';
import { flagName } from '../../admin-cli/flag-name.ts';
import packageJson from '../../package.json' with { type: 'json' };

/**
 * Everything that the docs name must exist: log events, metrics, settings, codes, columns, commands with their flags,
 * files and links.
 */
const root = join(import.meta.dirname, '../..');
/** Folders that are generated or downloaded, that contain this machine's data, or that belong to tools. */
const notOurs = /^(node_modules|dist|\.data.*|\.git|generated|screenshots)$/;
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.test(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
const ours = filesIn('');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const isPage = (path: string): boolean => path.endsWith('.md') && !path.startsWith('docs/performance/');
const pages = ours.filter((path) => isPage(path) && path !== 'CHANGELOG.md');
/** All files that can define a name. A name that appears only in a test does not count. */
const sources = ours.filter(
  (path) =>
    /\.(ts|tsx|mjs|js|lua|sql|prisma|json|yml|yaml|sh|css)$|^Dockerfile$|^\.env\.example$/.test(path) &&
    !/\.test\.ts$|^docs\/|^package-lock\.json$/.test(path),
);
const words = new Set(sources.flatMap((path) => read(path).match(/[A-Za-z][A-Za-z0-9_]*/g) ?? []));

type Named = { page: string; name: string };
const named = (find: (page: string, text: string) => string[]): Named[] =>
  pages.flatMap((page) => find(page, read(page)).map((name) => ({ page, name })));
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const code = (text: string): string[] => all(text, /`([^`\n]+)`/g);
const blocks = (text: string): string[] => all(text, /```(?:sh|bash|console)\n(.*?)```/gs);

/** Settings, functions and commands of other systems. */
const ofOthers = new Set([
  ...['innodb_flush_log_at_trx_commit', 'sync_binlog', 'time_zone', 'lower_case_table_names', 'max_connections'],
  ...['run_id', 'master_replid2', 'SCHED_RR', 'SCHED_NONE', 'firstcome_default'],
  ...['O_DIRECT_NO_FSYNC', 'DETECT_AND_RECOVER', 'AFTER_SYNC'],
  ...['group_replication_consistency', 'BEFORE_ON_PRIMARY_FAILOVER'],
  ...['enabled', 'wait_point', 'wait_for_replica_count', 'timeout'].map((name) => `rpl_semi_sync_source_${name}`),
  ...['enabled', 'wait_point', 'timeout'].map((name) => `rpl_semi_sync_master_${name}`),
]);

describe('the docs name only what exists in the source', () => {
  it('as log events, metrics, columns, codes and settings', () => {
    const tokens = named((_page, text) =>
      code(text)
        .flatMap((span) => all(span, /(?<![\w./-])([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)(?![\w(]|[./-]\w)/g))
        // Placeholders for user input, and made-up ids.
        .filter((name) => !name.startsWith('ev_') && !ofOthers.has(name)),
    );
    expect(tokens.length).toBeGreaterThan(100);
    // Queries name a histogram with one of these endings.
    const isKnown = (name: string) => words.has(name) || words.has(name.replace(/_(bucket|sum|count)$/, ''));
    expect(tokens.filter(({ name }) => !isKnown(name))).toEqual([]);
  });
});

const byName = new Map(commands.map((command) => [command.name, command]));
const cliLines = (text: string): string[] =>
  [...code(text), ...blocks(text).flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))].flatMap((line) =>
    all(line, /(?:coupon-admin|npm run (?:-s )?admin --) ([a-z][^|>#]*)/g),
  );

describe('the docs show only commands that exist', () => {
  it('as npm run commands', () => {
    const scripts = named((_page, text) => all(text, /npm run (?:-s |--silent )?([a-z][a-z:-]*)/g));
    expect(scripts.length).toBeGreaterThan(10);
    expect(scripts.filter(({ name }) => !(name in packageJson.scripts))).toEqual([]);
  });

  it('as CLI commands with their flags', () => {
    const lines = named((_page, text) => cliLines(text));
    expect(lines.length).toBeGreaterThan(20);
    const wrong = lines.filter(({ name: line }) => {
      const [first = '', second = ''] = line.trim().split(/\s+/);
      const command = byName.get(`${first} ${second}`) ?? byName.get(first);
      // The docs show this mistyped command because they show the CLI's answer to it.
      if (command === undefined) return first !== 'help' && line !== 'pause ev_1';
      const flags = new Set([...Object.keys(command.args).map(flagName), '--json', '--help', '--debug']);
      return all(line.replaceAll(/'[^']*'/g, ''), /(?<=\s)(--[a-z][a-z-]*)/g).some((flag) => !flags.has(flag));
    });
    expect(wrong).toEqual([]);
  });
});

/** Files that exist only once something has run. */
const madeLater = /^(\.data|data|dist|node_modules|services)\b|run\.json$|^claims|^autumn/;

describe('the docs point only to files that exist', () => {
  it('in links', () => {
    const links = named((page, text) =>
      [...all(text, /\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ...all(text, /^\[[^\]]+\]: ([^#\s]+)/gm)]
        .filter((to) => !/^[a-z]+:/.test(to))
        .map((to) => normalize(join(dirname(page), to))),
    );
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter(({ name }) => !existsSync(join(root, name)))).toEqual([]);
  });

  it('in links to an anchor', () => {
    const anchors = named((page, text) =>
      all(text, /\]\(([^)\s]*#[^)\s]+)\)/g)
        .filter((to) => !/^[a-z]+:/.test(to))
        .map((to) => (to.startsWith('#') ? `${page}${to}` : normalize(join(dirname(page), to)))),
    );
    const missing = anchors.filter(({ name }) => {
      const [file = '', anchor = ''] = name.split('#');
      if (!file.endsWith('.md') || !existsSync(join(root, file))) return false;
      return !headings(read(file)).has(decodeURIComponent(anchor));
    });
    expect(missing).toEqual([]);
  });

  it('in paths', () => {
    const paths = named((_page, text) =>
      code(text).filter((span) => /^[\w.@-]+(\/[\w.@-]+)+\.(ts|tsx|mjs|js|lua|sql|prisma|json|yml|md|css)$/.test(span)),
    ).filter(({ name }) => !madeLater.test(name));
    expect(paths.length).toBeGreaterThan(3);
    const known = ({ page, name }: Named): boolean =>
      existsSync(join(root, name)) ||
      existsSync(join(root, dirname(page), name)) ||
      ours.some((path) => path.endsWith(`/${name}`));
    expect(paths.filter((path) => !known(path))).toEqual([]);
  });
});

/** The anchors that GitHub gives to a page's headings. */
const headings = (text: string): Set<string> =>
  new Set(
    all(text, /^#{1,6} (.+)$/gm).map((title) =>
      title
        .trim()
        .toLowerCase()
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );

describe('decision records', () => {
  it('are numbered without gaps, and state their number', () => {
    const records = ours.filter((path) => path.startsWith('docs/decisions/')).toSorted();
    const numbers = records.map((path) => Number(/(\d{4})-/.exec(path)?.[1]));
    expect(numbers).toEqual(records.map((_path, at) => at + 1));
    for (const [at, path] of records.entries())
      expect(read(path).split('\n')[0]).toMatch(new RegExp(`^# ${at + 1}\\. `));
  });
});
