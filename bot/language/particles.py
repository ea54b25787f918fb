"""Korean particles: which of two forms follows a word, by the sound that the word ends with.

Promises: pure; digits, Latin words and abbreviations are judged by how a Korean reader says them. Where nobody can
know (a mention that Slack draws as a name), both forms are written: `을(를)`. Marks before a pair stand between the
word and its particle: a closing quote, a bracket. Refuses to know any sentence.
"""

from __future__ import annotations

_PAIRS = frozenset(
    ["이/가", "을/를", "은/는", "과/와", "으로/로", "이나/나", "이라/라", "이며/며", "이고/고", "이어야/여야"]
)
"""The form after a consonant, then the form after a vowel."""
_MARKS = "`'\"”’)]*_"
"""What may close a word before its particle."""
_CLOSED_DIGITS = frozenset("013678")
_CLOSED_LETTERS = frozenset("LMNR")
"""Letters whose Korean names end with a consonant."""
_CLOSED_ENDINGS = ("l", "m", "n", "p", "t", "k", "b", "ng", "le", "me", "ne", "ic")
"""Ends of English words that are heard as a consonant without a vowel after it."""
_OPEN_ENDINGS = ("nt", "st", "rt", "ct", "ft", "pt", "lt", "nk", "sk", "rk", "lk", "mp", "rp", "lp", "sp")
"""Two consonants at the end, of which Korean hears the last with a vowel: count is 카운트, network is 네트워크."""
_RIEUL_ENDINGS = ("l", "le")
_RIEUL = 8
"""The place of ㄹ among the final consonants of a Hangul syllable; 으로 shortens to 로 after it."""
_FIRST, _LAST, _FINALS = 0xAC00, 0xD7A3, 28


def is_pair(spec: str) -> bool:
    """Whether a place's format asks for a particle."""
    return spec.lstrip(_MARKS) in _PAIRS


def followed_by(word: str, pair: str) -> str:
    """`word`, the marks that stand before `pair`, and the particle of the two that fits the word."""
    forms = pair.lstrip(_MARKS)
    closed, open_ = forms.split("/")
    marked, sound = word + pair.removesuffix(forms), _end(word)
    if sound is None:
        return f"{marked}{_either(closed, open_)}"
    fits = closed if sound == "closed" or (sound == "rieul" and closed != "으로") else open_
    return f"{marked}{fits}"


def _either(closed: str, open_: str) -> str:
    return "(으)로" if closed == "으로" else f"{closed}({open_})"


def _end(word: str) -> str | None:
    """`open`, `closed`, `rieul`, or None when nobody knows."""
    if word.rstrip("*_~ ").endswith(">"):  # a mention or a link: Slack draws something else
        return None
    heard = word.rstrip(_silent(word))
    if not heard:
        return None
    last = heard[-1]
    if _FIRST <= ord(last) <= _LAST:
        final = (ord(last) - _FIRST) % _FINALS
        return "rieul" if final == _RIEUL else "closed" if final else "open"
    if last.isascii() and last.isdigit():
        return "rieul" if last in "178" else "closed" if last in _CLOSED_DIGITS else "open"
    return _latin(heard) if last.isascii() and last.isalpha() else None


def _silent(word: str) -> str:
    """What is written and not said: quotes, brackets, marks."""
    return "".join({mark for mark in word if not mark.isalnum()})


def _latin(heard: str) -> str:
    letters = heard[len(heard.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) :]
    if letters.isupper() or len(letters) == 1:
        last = letters[-1].upper()
        return "rieul" if last in "LR" else "closed" if last in _CLOSED_LETTERS else "open"
    lowered = letters.lower()
    if lowered.endswith(_RIEUL_ENDINGS):
        return "rieul"
    if lowered.endswith(_OPEN_ENDINGS):
        return "open"
    return "closed" if lowered.endswith(_CLOSED_ENDINGS) else "open"
