#!/bin/sh
# Rolls out one version: settings and network rules first, then the migrations, then API and worker, one pod at a time.
#
#   deploy/kubernetes/apply.sh deploy/kubernetes/overlays/aws
#
# Safe to run again. If the migrations fail, it stops, and API and worker go on running the version that they have.
set -eu
overlay=${1:?usage: apply.sh <overlay>}
kubectl apply -k "$overlay" -l 'app.kubernetes.io/component in (settings, network)'
# Kubernetes can't change a Job, so the Job is deleted and made again.
kubectl -n firstcome delete job firstcome-migrate --ignore-not-found
kubectl apply -k "$overlay" -l app.kubernetes.io/component=migrate
kubectl -n firstcome wait --for=condition=complete --timeout=10m job/firstcome-migrate
kubectl apply -k "$overlay" -l 'app.kubernetes.io/component notin (migrate)'
kubectl -n firstcome rollout status deployment/firstcome-worker --timeout=10m
kubectl -n firstcome rollout status deployment/firstcome-api --timeout=10m
