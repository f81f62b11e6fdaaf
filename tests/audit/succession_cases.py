"""Attacks on the keys of a log, and what is right, each with whether a checkpoint is to be believed.

Keys go by letters: a log's own are A, B, C, in their order; T is a thief's; X is one of another log. A note introduces
the last of the keys that sign it, or the one before the colon. Sizes are numbers of entries.
"""

from typing import NamedTuple

__all__ = ["CASES", "Attack"]


class Attack(NamedTuple):
    """A checkpoint that somebody shows, and what the one who checks it trusts.

    trusted     keys, in the order in which they are given
    notes       introductions: `size:key` and then the keys that signed
    checkpoint  `size:` and then the keys that signed
    is_right    whether it is to be believed
    why         what the case is about
    """

    trusted: str
    notes: str
    checkpoint: str
    is_right: bool
    why: str


CASES = [
    Attack("A", "", "4:A", True, "the first key"),
    Attack("A", "", "4:T", False, "a key that nobody knows"),
    Attack("A", "5:B-AB", "7:B", True, "the old key leads to the new one"),
    Attack("A", "5:B-AB", "5:AB", True, "both sign the change"),
    Attack("A", "5:B-AB", "5:A", True, "the old key alone signs the change"),
    Attack("A", "5:B-AB", "4:A", True, "what the old key has signed before it was replaced"),
    Attack("A", "5:B-AB", "6:A", False, "a replaced key signs what came after"),
    Attack("A", "5:B-AB", "9:A", False, "a replaced key signs what came much later"),
    Attack("A", "5:B-AB", "4:B", False, "a key signs what was before it came"),
    Attack("A", "5:B-AB", "9:AT", False, "a replaced key signs with a stranger"),
    Attack("B", "5:B-AB", "7:B", True, "who trusts the new key needs not the old one"),
    Attack("B", "5:B-AB", "7:A", False, "the old key means nothing to who trusts the new one"),
    Attack("AB", "5:B-AB", "7:B", True, "both are known"),
    Attack("AB", "5:B-AB", "7:A", False, "both are known, and the old one signs on"),
    Attack("AB", "5:B-AB", "3:A", True, "both are known, and the old one has signed its time"),
    Attack("BA", "5:B-AB", "7:A", False, "both are known, in the wrong order"),
    Attack("AB", "", "7:A", False, "the note that the old key was replaced is held back"),
    Attack("AB", "", "3:A", False, "nothing tells when the old key was replaced"),
    Attack("AB", "5:B-B", "7:B", True, "the new key came without the old one's word, and is known"),
    Attack("AB", "5:B-B", "7:A", False, "a lost key is over as well"),
    Attack("AB", "5:B-B", "4:A", True, "a lost key has signed its time"),
    Attack("A", "5:B-B", "7:B", False, "nobody vouches for the new key"),
    Attack("A", "5:T-T", "4:A", True, "whoever introduces themselves changes nothing"),
    Attack("A", "5:B-A", "7:B", False, "the new key has not signed that it speaks from there on"),
    Attack("A", "5:B-AB 9:C-BC", "12:C", True, "a chain of three"),
    Attack("A", "5:B-AB 9:C-BC", "8:B", True, "the middle of a chain"),
    Attack("A", "5:B-AB 9:C-BC", "12:B", False, "the middle of a chain signs on"),
    Attack("A", "5:B-AB 9:C-BC", "12:A", False, "the beginning of a chain signs on"),
    Attack("B", "5:B-AB 9:C-BC", "12:C", True, "who trusts the middle is led on"),
    Attack("AC", "5:B-AB 9:C-BC", "12:C", True, "who trusts the ends is led through"),
    Attack("A", "9:C-BC", "12:C", False, "a link is missing"),
    Attack("BC", "5:B-B 9:C-C", "12:C", True, "keys that are known follow by their own word"),
    Attack("BC", "5:B-B 9:C-C", "12:B", False, "one that followed is over when the next comes"),
    Attack("A", "5:B-AB 7:T-AT", "8:T", False, "a replaced key introduces a thief's"),
    Attack("AB", "5:B-AB 7:T-AT", "8:T", False, "a replaced key introduces a thief's, and both are known"),
    Attack("AB", "5:B-B 7:T-AT", "8:T", False, "a lost key introduces a thief's"),
    Attack("AB", "3:T-AT 5:B-AB", "7:T", False, "a thief's key that came before the new one is over with the old one"),
    Attack("AB", "3:T-AT 5:B-AB", "7:B", True, "the new key is known, whomever the old one has introduced before"),
    Attack("A", "5:B-AB 9:A-A", "12:A", False, "a replaced key comes back by its own word"),
    Attack("AB", "5:B-AB 9:A-A", "12:A", False, "a replaced key that is known comes back by its own word"),
    Attack("AB", "5:B-B 9:A-A", "12:A", False, "a lost key that is known comes back by its own word"),
    Attack("AB", "5:B-AB 9:A-BA", "12:A", False, "a replaced key comes back by the word of the next"),
    Attack("A", "5:B-AB 8:B-AB", "6:A", False, "the old key says later that it was replaced later"),
    Attack("A", "5:B-AB 5:C-BC", "12:C", False, "two keys that come at once"),
    Attack("A", "5:X-AX", "12:X", False, "a key of another log is introduced"),
]
