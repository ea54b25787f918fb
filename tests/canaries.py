"""Secrets that no log, journal, message or export may ever show; none of them opens anything."""

from __future__ import annotations

from typing import NamedTuple


class Canary(NamedTuple):
    """`secret` must not be seen; `text` is how it appears in a sentence."""

    name: str
    secret: str
    text: str


_PEM = "-----BEGIN {kind}PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0CANARY\n-----END {kind}PRIVATE KEY-----"
_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlY2FuYXJ5"

CANARIES = (
    Canary("access key", "AKIACANARYCANARY0001", "AKIACANARYCANARY0001"),
    Canary("session key", "ASIACANARYCANARY0002", "key=ASIACANARYCANARY0002,"),
    Canary("bot token", "xoxb-1111-2222-canaryCANARY", "token xoxb-1111-2222-canaryCANARY"),
    Canary("app token", "xapp-1-A0CANARY-333-cafe", "xapp-1-A0CANARY-333-cafe"),
    Canary("web token", _JWT.split(".")[2], f"Authorization: Bearer {_JWT}"),
    Canary("private key", "MIIEvQIBADANBgkqhkiG9w0CANARY", _PEM.format(kind="")),
    Canary("rsa key", "MIIEvQIBADANBgkqhkiG9w0CANARY", _PEM.format(kind="RSA ")),
    Canary("password", "hunter2canary", "password=hunter2canary"),
    Canary("json password", "hunter3canary", '{"db_password": "hunter3canary"}'),
    Canary("secret key", "wJalrXUtnFEMIcanaryEXAMPLEKEY", "aws_secret_access_key = wJalrXUtnFEMIcanaryEXAMPLEKEY"),
    Canary("address with password", "s3cretcanary", "redis://default:s3cretcanary@cache.internal:6379/0"),
    Canary("signed address", "0123canary4567", "https://b.s3.amazonaws.com/k?X-Amz-Signature=0123canary4567&x=1"),
    Canary("hook", "T0/B0/canaryHook", "https://hooks.slack.com/services/T0/B0/canaryHook"),
)
