#!/bin/sh
# Rolls out one version: first the settings and network rules, then the migrations, then the API and the worker pod by pod.
#
#   deploy/kubernetes/apply.sh deploy/kubernetes/overlays/aws
#
# It is safe to run again. If the migrations fail, it stops, and the API and the worker keep running their current version.
# MIGRATE_SECONDS (600) is how long it waits for the migrations.
set -eu
overlay=${1:?usage: apply.sh <overlay>}
limit=${MIGRATE_SECONDS:-600}
job=job/firstcome-migrate

kubectl apply -k "$overlay" -l 'app.kubernetes.io/component in (settings, network)'
# Kubernetes can't change a Job, so the Job is deleted and made again.
kubectl -n firstcome delete "$job" --ignore-not-found
kubectl apply -k "$overlay" -l app.kubernetes.io/component=migrate

# `kubectl wait` waits for a single condition. If it waited for "complete", it would still wait after the Job has failed.
stop() {
  echo "$1 The API and the worker were not replaced. The log of the migrations ends with:" >&2
  kubectl -n firstcome logs "$job" --tail=30 >&2 || true
  exit 1
}
conditions='{range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}'
waited=0
until state=$(kubectl -n firstcome get "$job" -o "jsonpath=$conditions") && echo "$state" | grep -qx Complete; do
  if echo "$state" | grep -qx Failed; then stop 'The migrations failed.'; fi
  if [ "$waited" -ge "$limit" ]; then stop "The migrations are still running after $limit s."; fi
  sleep 2
  waited=$((waited + 2))
done

kubectl apply -k "$overlay" -l 'app.kubernetes.io/component notin (migrate)'
kubectl -n firstcome rollout status deployment/firstcome-worker --timeout=10m
kubectl -n firstcome rollout status deployment/firstcome-api --timeout=10m
