"""Votes that prove themselves: an ed25519 SSH signature over exactly what was decided, checked without any network.

Promises: reads what `ssh-keygen -Y sign -n dr-approval` writes; another run, step, round, plan, person, phrase or
decision needs another signature. Refuses to know where keys are kept and who made the signature.
Source of the format: PROTOCOL.sshsig in OpenSSH.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import JsonValue

from bot.approval.votes import Ballot
from bot.language import _
from bot.model.base import canonical
from bot.model.errors import Refused
from bot.model.run import Run
from bot.model.service import Catalog

NAMESPACE = "dr-approval"
_MAGIC = b"SSHSIG"
_KIND = b"ssh-ed25519"
_HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


def text_of(run: Run, ballot: Ballot) -> bytes:
    """What is signed: canonical JSON of everything that this vote decides."""
    said: dict[str, JsonValue] = {
        "run": run.id,
        "plan": run.plan.hash,
        "step": ballot.step,
        "round": run.steps[ballot.step].round,
        "person": ballot.person.id,
        "decision": ballot.decision,
        "typed": ballot.typed,
        "comment": ballot.comment,
    }
    return canonical(said) + b"\n"


def must_prove_itself(run: Run, ballot: Ballot, catalog: Catalog, *, named: bool) -> None:
    """Raise Refused unless a vote from a terminal shows who cast it, as the catalogue asks for R3.

    `named` says that the person was given by name and not by the login of the operating system.
    """
    gate = run.gate(ballot.step) if ballot.step in run.steps else None
    if gate is None or not gate.strict or ballot.decision != "approve":
        return
    match catalog.terminal_votes:
        case "signed" if not is_signed(text_of(run, ballot), ballot.signature, ballot.person.keys):
            raise Refused(
                _(
                    "In a terminal an R3 approval is signed with a key of {who} that stands in catalog.yaml: "
                    "--key ~/.ssh/id_ed25519",
                    who=ballot.person.name,
                ),
                reason="unsigned-vote",
            )
        case "login" if named:
            raise Refused(
                _("An R3 approval counts for the login that gave it, not for a name after --as."), reason="named-vote"
            )


def is_signed(text: bytes, signature: str, keys: Iterable[str]) -> bool:
    """Whether one of these public keys (`ssh-ed25519 AAAA…`) signed this text in our namespace."""
    try:
        key, signed, proof = _read(signature, text)
        known = {_raw(each) for each in keys}
        if key not in known:
            return False
        Ed25519PublicKey.from_public_bytes(key).verify(proof, signed)
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _read(signature: str, text: bytes) -> tuple[bytes, bytes, bytes]:
    """Key, signed bytes and proof. Raises ValueError for anything that is not a signature of ours."""
    inner = signature.strip().removeprefix(_BEGIN).removesuffix(_END)
    blob = base64.b64decode("".join(inner.split()), validate=True)
    if not blob.startswith(_MAGIC) or blob[6:10] != (1).to_bytes(4, "big"):
        raise ValueError("no SSH signature")
    public, namespace, reserved, algorithm, proof = _strings(blob[10:], 5)
    if namespace != NAMESPACE.encode() or algorithm not in _HASHES:
        raise ValueError("not for this purpose")
    hashed = _HASHES[algorithm](text).digest()
    signed = _MAGIC + b"".join(map(_string, (namespace, reserved, algorithm, hashed)))
    return _of_kind(public), signed, _of_kind(proof)


def _raw(key: str) -> bytes:
    words = key.split()
    if len(words) < 2:
        raise ValueError("no public key")
    return _of_kind(base64.b64decode(words[1], validate=True))


def _of_kind(blob: bytes) -> bytes:
    kind, value = _strings(blob, 2)
    if kind != _KIND:
        raise ValueError("only ed25519 keys are known")
    return value


def _strings(blob: bytes, count: int) -> list[bytes]:
    found = []
    for _number in range(count):
        size = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + size:
            raise ValueError("cut short")
        found.append(blob[4 : 4 + size])
        blob = blob[4 + size :]
    if blob:
        raise ValueError("too long")
    return found


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value
