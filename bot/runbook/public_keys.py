"""Whether a line of `keys` is a public key that can prove a vote: ed25519, as `ssh-keygen -t ed25519` writes it.

Refuses to know whose key it is, and signatures.
"""

from __future__ import annotations

import base64
import binascii

from bot.language import told

_KIND = "ssh-ed25519"
_LONG = 51
"""Bytes of such a key: two lengths, the kind's name and the 32 bytes of the key itself."""


def what_is_wrong(line: str) -> str:
    """A sentence for a line that proves nothing; empty for a key."""
    words = line.split()
    if "PRIVATE KEY" in line:
        return told("This is a private key. Take it out of the file and of its history, and make a new one.")
    if not words or words[0] != _KIND:
        kind = words[0] if words else "nothing"
        return told(
            "Only ed25519 keys are known, not '{kind}'. Such a line begins with ssh-ed25519 AAAA.", kind=kind[:40]
        )
    if len(words) < 2 or not _is_blob(words[1]):
        return told("This key is cut short or misspelt; copy the whole line of ~/.ssh/id_ed25519.pub.")
    return ""


def _is_blob(word: str) -> bool:
    try:
        blob = base64.b64decode(word, validate=True)
    except (ValueError, binascii.Error):
        return False
    name = _KIND.encode()
    return len(blob) == _LONG and blob.startswith(len(name).to_bytes(4, "big") + name + (32).to_bytes(4, "big"))
