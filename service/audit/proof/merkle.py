"""The Merkle tree of a log (RFC 9162, section 2.1): roots, and proofs made and checked. Hashes are kept elsewhere.

Leaves count from 0. A perfect subtree has 2**level leaves, and is named by its level and its number on that level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import TypeAlias

from service.errors import ClausewiseError

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "BadProof",
    "Frontier",
    "NodeHash",
    "consistency_proof",
    "cover",
    "inclusion_proof",
    "leaf_hash",
    "leaf_hashes",
    "node_hash",
    "root_from_inclusion",
    "split_hashes",
    "subtree_root",
    "verify_consistency",
]

EMPTY_ROOT = sha256().digest()  # of no leaf at all

HASH_BYTES = 32
"""Of each hash."""

NodeHash: TypeAlias = Callable[[int, int], bytes]
"""Gives for (level, number) the root of the perfect subtree of the leaves [number << level, (number + 1) << level)."""


class BadProof(ClausewiseError):
    """A proof doesn't prove what it is for; the text is a sentence that says why."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf, 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Return the hash of each entry as a leaf. `leaf_hash` is written out: a call for each costs a tenth."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def split_hashes(blob: bytes) -> list[bytes]:
    """Return the hashes that stand one after the other in a row of bytes."""
    return [blob[at : at + HASH_BYTES] for at in range(0, len(blob), HASH_BYTES)]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the root of a tree from the roots of its two sides, 32 bytes each."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that a tree must remember to grow, and to tell its root.

    size    leaves in the tree
    hashes  the roots of the perfect subtrees that it is made of, from the left, the largest first: one for each binary
            digit 1 of `size`
    Raises ValueError when the two don't agree, or a hash has not 32 bytes.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves is not made of {len(self.hashes)} perfect subtrees")
        _require_hashes(self.hashes)

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier of the tree with these leaf hashes appended."""
        nodes = list(leaves)
        _require_hashes(nodes)
        size = self.size + len(nodes)
        unchanged, smallest_first = list(self.hashes), []
        # Level by level, not leaf by leaf: a million leaves then cost little more than their million hashes.
        level = 0
        while nodes:
            if self.size >> level & 1:
                nodes.insert(0, unchanged.pop())
            if len(nodes) & 1:
                smallest_first.append(nodes.pop())
            nodes = _paired(nodes)
            level += 1
        return Frontier(size, (*unchanged, *reversed(smallest_first)))

    def with_subtree(self, level: int, root: bytes) -> Frontier:
        """Return the frontier of the tree with 2**level leaves appended, of which only their common root is known.

        Raises ValueError unless the size is a multiple of 2**level: elsewhere these leaves are no subtree.
        """
        if level < 0 or self.size % (1 << level):
            raise ValueError(f"a subtree of level {level} can't follow {self.size} leaves")
        size, hashes = self.size + (1 << level), list(self.hashes)
        while self.size >> level & 1:
            root = node_hash(hashes.pop(), root)
            level += 1
        return Frontier(size, (*hashes, root))

    def root(self) -> bytes:
        """Return the root hash of the tree, 32 bytes."""
        return _joined(self.hashes) if self.hashes else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Return the hashes one after the other; `from_bytes` reads them again."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, blob: bytes) -> Frontier:
        """Return the frontier of `size` leaves of which `to_bytes` gave `blob`; ValueError when the two don't agree."""
        return cls(size, tuple(split_hashes(blob)))


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root of the perfect subtree of which `hashes` is one level, from the left.

    Raises ValueError unless their number is a power of two and each has 32 bytes.
    """
    if len(hashes).bit_count() != 1:
        raise ValueError(f"{len(hashes)} hashes are no level of a perfect subtree: their number must be a power of two")
    _require_hashes(hashes)
    nodes = list(hashes)
    while len(nodes) > 1:
        nodes = _paired(nodes)
    return nodes[0]


def cover(begin: int, end: int) -> list[tuple[int, int]]:
    """Return the fewest perfect subtrees that together hold the leaves [begin, end), from left to right.

    Each is (level, number). Raises ValueError unless 0 <= begin <= end.

    >>> cover(3, 9)
    [(0, 3), (2, 1), (0, 8)]
    """
    if not 0 <= begin <= end:
        raise ValueError(f"[{begin}, {end}) is no range of leaves")
    subtrees = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        level = min(level, _trailing_zeros(begin)) if begin else level
        subtrees.append((level, begin >> level))
        begin += 1 << level
    return subtrees


def inclusion_proof(index: int, size: int, node: NodeHash) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root (RFC 9162, 2.1.3.1), from the leaf upwards.

    index  position of the leaf; ValueError unless it is below `size`
    size   leaves in the tree
    node   is asked for complete perfect subtrees below `size` only
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
    begin, end, from_the_top = 0, size, []
    while end - begin > 1:
        middle = begin + _left_side(end - begin)
        if index < middle:
            from_the_top.append(_root_of(middle, end, node))
            end = middle
        else:
            from_the_top.append(_root_of(begin, middle, node))
            begin = middle
    return from_the_top[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, siblings: Sequence[bytes]) -> bytes:
    """Fold an inclusion proof into the root that it implies (RFC 9162, 2.1.3.2).

    leaf      the leaf hash, 32 bytes: of the entry, not the entry
    index     position of the leaf, from 0
    size      leaves in the tree that the checkpoint signs
    siblings  hashes from the leaf up to the root, 32 bytes each
    returns   root hash, 32 bytes; it proves nothing until compared with a *signed* checkpoint
    Raises BadProof when `index` is not below `size`, or `siblings` is longer or shorter than the two imply.
    """
    if not 0 <= index < size:
        raise BadProof(f"Leaf {index} is not in a tree of {size} leaves.")
    # Up to this level the leaf's subtree has siblings on both sides; above, it lies at the tree's right edge.
    edge = (index ^ (size - 1)).bit_length()
    _require_proof([leaf], siblings, edge + (index >> edge).bit_count())
    return _climbed(leaf, index, edge, siblings)


def consistency_proof(first: int, second: int, node: NodeHash) -> list[bytes]:
    """Return the hashes that show a tree of `first` leaves to be the beginning of one of `second` (RFC 9162, 2.1.4.1).

    It is empty when `first` is 0 or `second`. `node` is asked for complete perfect subtrees below `second` only.
    Raises ValueError unless 0 <= first <= second.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} leaves is no beginning of one of {second}")
    if first == 0:
        return []
    begin, end, from_the_top = 0, second, []
    while end != first:
        middle = begin + _left_side(end - begin)
        if first <= middle:
            from_the_top.append(_root_of(middle, end, node))
            end = middle
        else:
            from_the_top.append(_root_of(begin, middle, node))
            begin = middle
    # From leaf 0 on it would be the first root, which whoever checks the proof has already.
    lowest = [_root_of(begin, end, node)] if begin else []
    return lowest + from_the_top[::-1]


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> None:
    """Return when the tree of `first_root` is shown to be the beginning of that of `second_root` (RFC 9162, 2.1.4.2).

    first, second  leaves in the two trees
    proof          as `consistency_proof` makes it
    Raises BadProof when it is not shown. From no leaves on everything follows: only the first root, which must be
    EMPTY_ROOT, and the emptiness of the proof are looked at then.
    """
    if not 0 <= first <= second:
        raise BadProof(f"A tree of {first} leaves is no beginning of one of {second}.")
    if first in {0, second}:
        _require_proof([first_root, second_root], proof, 0)
        if first == 0 and first_root != EMPTY_ROOT:
            raise BadProof("The first tree has no leaves, but its root is not that of an empty tree.")
        if first == second and first_root != second_root:
            raise BadProof(f"The two trees have {first} leaves each, but not the same root.")
        return
    # The proof climbs from the last perfect subtree of the first tree, and begins with it unless it is the whole tree.
    level = _trailing_zeros(first)
    number = first - 1 >> level
    edge = (number ^ (second - 1 >> level)).bit_length()
    given = [first_root] if number == 0 else []
    _require_proof([first_root, second_root], proof, edge + (number >> edge).bit_count() + 1 - len(given))
    lowest, *siblings = [*given, *proof]
    if _climbed(lowest, number, edge, siblings, only_left=True) != first_root:
        raise BadProof(f"The consistency proof does not lead to the root of the first {first} leaves.")
    if _climbed(lowest, number, edge, siblings) != second_root:
        raise BadProof(f"The consistency proof does not lead to the root of the {second} leaves.")


def _climbed(lowest: bytes, number: int, edge: int, siblings: Sequence[bytes], *, only_left: bool = False) -> bytes:
    """Return the root from the subtree `number` of some level and its siblings upwards.

    edge       from so many levels above it on every sibling is at the left
    only_left  take siblings at the right for leaves that the tree has not got yet
    """
    root = lowest
    for height, sibling in enumerate(siblings):
        if height >= edge or number >> height & 1:
            root = node_hash(sibling, root)
        elif not only_left:
            root = node_hash(root, sibling)
    return root


def _require_proof(others: Iterable[bytes], proof: Sequence[bytes], length: int) -> None:
    """Raise BadProof unless the proof has so many hashes, and all are hashes."""
    if len(proof) != length:
        raise BadProof(f"The proof has {len(proof)} hashes; for trees of these sizes it has {length}.")
    if any(len(each) != HASH_BYTES for each in (*others, *proof)):
        raise BadProof(f"A hash of the proof, or one that it is checked with, has not {HASH_BYTES} bytes.")


def _require_hashes(hashes: Sequence[bytes]) -> None:
    if set(map(len, hashes)) - {HASH_BYTES}:
        raise ValueError(f"a hash has {HASH_BYTES} bytes")


def _paired(nodes: Sequence[bytes]) -> list[bytes]:
    """Return the level above an even number of nodes. `node_hash` is written out: a call for each costs a third."""
    each = iter(nodes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(each, each, strict=True)]


def _joined(subtrees: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, the largest of which is at the left, at least one."""
    return reduce(lambda right, left: node_hash(left, right), reversed(subtrees))


def _root_of(begin: int, end: int, node: NodeHash) -> bytes:
    """Return the root over the leaves [begin, end), a side of some tree: its subtrees never grow to the right."""
    return _joined([node(level, number) for level, number in cover(begin, end)])


def _left_side(size: int) -> int:
    """Return how many of `size` leaves, at least two, are at the left of the root: the largest power of two below."""
    return 1 << (size - 1).bit_length() - 1


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
