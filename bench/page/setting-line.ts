import type { Setting } from '../system/machine.ts';

/** Names the file of a raw result, and the machine, versions and settings of its measurement. */
export function settingLine(
  name: string,
  { machine, versions, durability, commit, modified, command, measuredAt }: Setting,
): string {
  return (
    `Raw: [${name}](${name}), ${measuredAt}, commit ${commit.slice(0, 10)}${modified ? ' with changes' : ''}, ` +
    `\`${command}\`. ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}; ` +
    `Node ${versions.node}, Redis ${versions.redis} (appendonly ${durability.appendonly}, appendfsync ` +
    `${durability.appendfsync}, ${durability.maxmemoryPolicy}), MySQL ${versions.mysql} ` +
    `(innodb_flush_log_at_trx_commit ${durability.innodbFlushLogAtTrxCommit}), ${versions.wrk.split(' [')[0] ?? ''}.`
  );
}
