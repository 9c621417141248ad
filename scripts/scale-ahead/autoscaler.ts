import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Cluster = { url: string; token: string; namespace: string };

/**
 * Reads the files that every pod with a service account has. To trust the cluster's certificate, NODE_EXTRA_CA_CERTS
 * must name the `ca.crt` in that folder when the process starts.
 */
export function readCluster(url: string, accountDir: string): Cluster {
  const read = (name: string): string => readFileSync(join(accountDir, name), 'utf8').trim();
  return { url, token: read('token'), namespace: read('namespace') };
}

/** Sets the minimum number of pods of a HorizontalPodAutoscaler. Resolves to the previous minimum. */
export async function setLeastPods(cluster: Cluster, autoscaler: string, pods: number): Promise<number> {
  const path = `/apis/autoscaling/v2/namespaces/${cluster.namespace}/horizontalpodautoscalers/${autoscaler}`;
  const call = async (init: RequestInit): Promise<number> => {
    const headers = { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/merge-patch+json' };
    const response = await fetch(`${cluster.url}${path}`, { ...init, headers, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`Kubernetes answered ${response.status} for ${path}: ${text.slice(0, 500)}`);
    const { spec } = JSON.parse(text) as { spec: { minReplicas?: number } };
    return spec.minReplicas ?? 1;
  };
  const before = await call({ method: 'GET' });
  if (before !== pods) await call({ method: 'PATCH', body: JSON.stringify({ spec: { minReplicas: pods } }) });
  return before;
}
