"""Claims a coupon with Python's standard library, and reads it back.

Run it on a server only: AUTH_SECRET must never reach a browser or an app.
    URL=http://127.0.0.1:3000 AUTH_SECRET=... EVENT_ID=ev_... USER_ID=kim python3 claim.py
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.error
import urllib.request


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mint(user_id: str, secret: str, seconds: int = 300) -> str:
    """A user's token: a JWT signed with HS256. Use the user ids of your own login."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": user_id, "exp": int(time.time()) + seconds})
    signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64url(signature)}"


def send(request: urllib.request.Request):
    """Returns the status, headers and body of an answer. urllib raises answers of 400 and above as errors."""
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def call(method: str, path: str, token: str, give_up_seconds: float = 60):
    """Repeats the call after 429, 503 or a lost reply: a claim may exist, and the repeat gives the same coupon."""
    deadline = time.monotonic() + give_up_seconds
    while True:
        request = urllib.request.Request(
            os.environ["URL"] + path, method=method, headers={"Authorization": f"Bearer {token}"}
        )
        wait = 1.0
        try:
            status, headers, body = send(request)
            if status not in (429, 503):
                return status, json.loads(body)
            wait = float(headers.get("Retry-After", 1))
        except (OSError, http.client.HTTPException):
            pass  # No reply, or only a part of one.
        if time.monotonic() + wait > deadline:
            raise TimeoutError("Not decided in time; a claim may exist. Make the same call again.")
        time.sleep(wait)


if __name__ == "__main__":
    user_token = mint(os.environ["USER_ID"], os.environ["AUTH_SECRET"])
    claims = f"/api/v1/events/{os.environ['EVENT_ID']}/claims"
    for method, path in (("POST", claims), ("GET", f"{claims}/mine")):
        status, body = call(method, path, user_token)
        print(status, json.dumps(body))
