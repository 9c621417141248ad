#!/usr/bin/env bash
# Claims a coupon with curl, and reads it back.
# Run it on a server only: AUTH_SECRET must never reach a browser or an app.
#   URL=http://127.0.0.1:3000 AUTH_SECRET=... EVENT_ID=ev_... USER_ID=kim bash claim.sh
set -euo pipefail

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# A user's token: a JWT signed with HS256. Use the user ids of your own login.
mint() {
  local header payload
  header=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
  payload=$(printf '{"sub":"%s","exp":%d}' "$1" "$(($(date +%s) + 300))" | base64url)
  printf '%s.%s.%s' "$header" "$payload" \
    "$(printf '%s.%s' "$header" "$payload" | openssl dgst -sha256 -hmac "$AUTH_SECRET" -binary | base64url)"
}

token=$(mint "$USER_ID")
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
deadline=$((SECONDS + 60))

# Prints "<status> <body>". Repeats the call after 429, 503 or a lost reply: a claim may exist, and the repeat gives the
# same coupon.
call() {
  local method=$1 path=$2 answer status wait
  while :; do
    answer=$(curl -sS --max-time 10 -X "$method" -D "$headers" -w '\n%{http_code}' \
      -H "authorization: Bearer $token" "$URL$path" 2>/dev/null) || answer=$'\n000'
    status=${answer##*$'\n'}
    case $status in
      000 | 429 | 503) ;;
      *)
        printf '%s %s\n' "$status" "${answer%$'\n'*}"
        return
        ;;
    esac
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "Not decided in a minute; a claim may exist. Make the same call again." >&2
      return 1
    fi
    wait=$(tr -d '\r' <"$headers" | awk 'tolower($1) == "retry-after:" { print $2 }')
    sleep "${wait:-1}"
  done
}

call POST "/api/v1/events/$EVENT_ID/claims"
call GET "/api/v1/events/$EVENT_ID/claims/mine"
