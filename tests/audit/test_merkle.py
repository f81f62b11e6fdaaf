"""The Merkle tree: against published vectors, the definition in RFC 9162, and another implementation."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InclusionProof, InmemoryTree

from service.audit.proof.merkle import (
    EMPTY_ROOT,
    BadProof,
    Frontier,
    consistency_proof,
    cover,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    subtree_root,
    verify_consistency,
)

# The eight leaves that implementations of RFC 6962 and 9162 have been compared by since the first of them.
VECTOR = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
VECTOR.append(bytes(range(0x60, 0x70)))
VECTOR_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L2_3 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
L4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
L4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
L6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
L6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
L0 = VECTOR_ROOTS[0]
L0_1 = VECTOR_ROOTS[1]
L0_3 = VECTOR_ROOTS[3]

MOST = 70
ENTRIES = tuple(b"entry %d" % number for number in range(MOST))
LEAVES = tuple(map(leaf_hash, ENTRIES))


def split(count: int) -> int:
    """The largest power of two smaller than `count`: k in the RFC."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


@cache
def mth(leaves: tuple) -> bytes:
    """MTH of the RFC, 2.1.1, over leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


def path(m: int, leaves: tuple) -> list[bytes]:
    """PATH of the RFC, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: tuple, b: bool) -> list[bytes]:
    """SUBPROOF of the RFC, 2.1.4.1."""
    if m == len(leaves):
        return [] if b else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], b), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def node_of(leaves):
    """The perfect subtrees over these leaves; asking for one that is not there yet is an error."""

    def node(level: int, number: int) -> bytes:
        begin, end = number << level, (number + 1) << level
        assert end <= len(leaves)
        return mth(tuple(leaves[begin:end]))

    return node


def root_of(size: int) -> bytes:
    """The root over the first leaves."""
    return mth(LEAVES[:size])


def unhex(*hashes: str) -> list[bytes]:
    """Hashes from how they are published."""
    return [bytes.fromhex(each) for each in hashes]


@pytest.fixture(scope="module")
def other():
    """The same tree in the other implementation."""
    tree = InmemoryTree()
    tree.append_entries(ENTRIES)
    return tree


sizes = st.integers(1, MOST)
pairs = st.tuples(sizes, sizes).map(sorted)


def test_published_roots():
    """The hash of each of the eight trees is known to every implementation."""
    leaves = list(map(leaf_hash, VECTOR))

    assert [Frontier().extended(leaves[:size]).root().hex() for size in range(1, 9)] == VECTOR_ROOTS
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [L1, L2_3, L4_7]),
        (5, 8, [L4, L6_7, L0_3]),
        (2, 3, [L0_1]),
        (1, 5, [L0, L2_3, L4]),
    ],
)
def test_published_inclusion_proofs(index, size, proof):
    """Made as published, and leading to the published root."""
    leaves = list(map(leaf_hash, VECTOR[:size]))

    assert inclusion_proof(index, size, node_of(leaves)) == unhex(*proof)
    assert root_from_inclusion(leaves[index], index, size, unhex(*proof)).hex() == VECTOR_ROOTS[size - 1]


@pytest.mark.parametrize(
    ("first", "second", "proof"),
    [
        (1, 1, []),
        (1, 8, [L1, L2_3, L4_7]),
        (6, 8, [L4_5, L6_7, L0_3]),
        (2, 5, [L2_3, L4]),
        (6, 7, [L4_5, L6, L0_3]),
    ],
)
def test_published_consistency_proofs(first, second, proof):
    """Made as published, and accepted."""
    leaves = list(map(leaf_hash, VECTOR[:second]))

    assert consistency_proof(first, second, node_of(leaves)) == unhex(*proof)
    verify_consistency(first, second, *unhex(VECTOR_ROOTS[first - 1], VECTOR_ROOTS[second - 1]), unhex(*proof))


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_every_inclusion_proof_is_the_one_that_the_definition_gives(size):
    """Small trees have every shape that large ones have."""
    node = node_of(LEAVES[:size])
    for index in range(size):
        proof = inclusion_proof(index, size, node)

        assert proof == path(index, LEAVES[:size])
        assert root_from_inclusion(LEAVES[index], index, size, proof) == root_of(size)


@pytest.mark.parametrize("second", range(MOST + 1))
def test_every_consistency_proof_is_the_one_that_the_definition_gives(second):
    """From every size, none included, to every later one."""
    node = node_of(LEAVES[:second])
    for first in range(second + 1):
        proof = consistency_proof(first, second, node)

        assert proof == (subproof(first, LEAVES[:second], True) if first else [])
        verify_consistency(first, second, root_of(first), root_of(second), proof)


@pytest.mark.parametrize("size", range(MOST + 1))
def test_a_frontier_grows_the_same_in_any_steps(size):
    """One leaf at a time, in two lots cut anywhere, or by whole subtrees."""
    whole = Frontier().extended(LEAVES[:size])

    assert (whole.size, whole.root()) == (size, root_of(size))
    for cut in range(size + 1):
        assert Frontier().extended(LEAVES[:cut]).extended(iter(LEAVES[cut:size])) == whole
        by_subtrees = Frontier().extended(LEAVES[:cut])
        for level, number in cover(cut, size):
            by_subtrees = by_subtrees.with_subtree(level, node_of(LEAVES)(level, number))
        assert by_subtrees == whole


def test_a_frontier_is_read_as_it_was_written():
    """The store keeps a number and bytes."""
    for size in range(MOST + 1):
        frontier = Frontier().extended(LEAVES[:size])

        assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier


@pytest.mark.parametrize(("size", "blob"), [(-1, b""), (0, bytes(32)), (1, b""), (2, bytes(31)), (3, bytes(32))])
def test_a_frontier_that_cannot_be_is_refused(size, blob):
    """A row that was damaged must not become a root."""
    with pytest.raises(ValueError, match=r"perfect subtrees|32 bytes"):
        Frontier.from_bytes(size, blob)


def test_a_leaf_that_is_no_hash_is_refused():
    """An entry given in place of its hash would make a wrong root."""
    with pytest.raises(ValueError, match="32 bytes"):
        Frontier().extended([LEAVES[0], b"entry"])
    with pytest.raises(ValueError, match="32 bytes"):
        Frontier().with_subtree(0, b"entry")
    with pytest.raises(ValueError, match="32 bytes"):
        subtree_root([b"entry"])


@pytest.mark.parametrize(("size", "level"), [(1, 1), (2, 2), (6, 2), (0, -1)])
def test_a_subtree_that_is_not_in_its_place_is_refused(size, level):
    """Four leaves after two are not one subtree of the tree."""
    with pytest.raises(ValueError, match="can't follow"):
        Frontier().extended(LEAVES[:size]).with_subtree(level, bytes(32))


def test_the_root_of_a_subtree_is_folded_from_any_of_its_levels():
    """Of leaves, or of the roots of smaller subtrees."""
    assert subtree_root(LEAVES[:64]) == root_of(64)
    assert subtree_root([subtree_root(LEAVES[at : at + 8]) for at in range(0, 64, 8)]) == root_of(64)
    assert subtree_root(LEAVES[:1]) == LEAVES[0]


@pytest.mark.parametrize("count", [0, 3, 6])
def test_a_level_that_is_not_full_has_no_subtree_root(count):
    """Its number of hashes tells."""
    with pytest.raises(ValueError, match="power of two"):
        subtree_root(LEAVES[:count])


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_cover_is_without_gaps_and_as_short_as_can_be(one, other_end):
    """Its levels rise and then fall, none more than twice: else two subtrees would be one."""
    begin, end = sorted((one, other_end))
    subtrees = cover(begin, end)
    at = begin
    for level, number in subtrees:
        assert number << level == at
        at += 1 << level
    assert at == end
    for (level, number), (next_level, _) in pairwise(subtrees):
        assert level != next_level or number % 2 == 1


@pytest.mark.parametrize(("begin", "end"), [(-1, 2), (3, 2)])
def test_a_range_that_is_none_has_no_cover(begin, end):
    """Leaves count from 0, and a range doesn't end before it begins."""
    with pytest.raises(ValueError, match="no range"):
        cover(begin, end)


def test_proofs_for_what_is_not_there_are_not_made():
    """That is the caller's mistake, not a proof's."""
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(5, 5, node_of(LEAVES))
    with pytest.raises(ValueError, match="no beginning"):
        consistency_proof(6, 5, node_of(LEAVES))


def test_the_other_implementation_has_the_same_roots(other):
    """Both say that they follow RFC 9162."""
    for size in range(MOST + 1):
        assert other.get_root(size) == root_of(size) == Frontier().extended(LEAVES[:size]).root()


def test_the_other_implementation_makes_and_accepts_the_same_inclusion_proofs(other):
    """It counts entries from 1 and puts the leaf before its path."""
    for size in range(1, MOST + 1):
        for index in range(size):
            theirs = other.prove_inclusion(index + 1, size)
            ours = inclusion_proof(index, size, node_of(LEAVES[:size]))
            InclusionProof("sha256", True, size, index + 1, theirs.rule, [LEAVES[index], *ours]).verify(
                LEAVES[index], root_of(size)
            )
            assert root_from_inclusion(theirs.path[0], index, size, theirs.path[1:]) == other.get_root(size)


def test_the_other_implementation_finds_the_same_trees_consistent(other):
    """Its consistency proofs have another form, so that only what they are about can be compared."""
    for second in range(1, MOST + 1):
        for first in range(1, second + 1):
            other.prove_consistency(first, second).verify(root_of(first), root_of(second))
            proof = consistency_proof(first, second, node_of(LEAVES[:second]))
            verify_consistency(first, second, other.get_root(first), other.get_root(second), proof)


def changed(data, proof: list[bytes]) -> list[bytes]:
    """Draw a proof that differs: a bit, the length of a hash, a hash more, one less, or two exchanged."""
    proof = list(proof)
    ways = ["added"] + (["bit", "cut", "removed"] if proof else [])
    ways += ["exchanged"] if len(proof) > 1 else []
    way = data.draw(st.sampled_from(ways))
    at = data.draw(st.integers(0, max(0, len(proof) - 1)))
    if way == "added":
        proof.insert(at, data.draw(st.sampled_from([bytes(32), *LEAVES[:4], *proof])))
    elif way == "bit":
        bit = data.draw(st.integers(0, 255))
        proof[at] = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
    elif way == "cut":
        proof[at] = data.draw(st.sampled_from([proof[at][:-1], proof[at] + b"\0", b""]))
    elif way == "removed":
        del proof[at]
    else:
        proof[at - 1], proof[at] = proof[at], proof[at - 1]
    return proof


def includes(leaf, index, size, proof, root) -> bool:
    """Tell whether a proof is accepted."""
    try:
        return root_from_inclusion(leaf, index, size, proof) == root
    except BadProof:
        return False


@given(pairs, st.data())
def test_no_changed_inclusion_proof_is_accepted(pair, data):
    """Whatever of the hashes is changed."""
    index, size = pair[0] - 1, pair[1]
    proof = inclusion_proof(index, size, node_of(LEAVES[:size]))

    assert not includes(LEAVES[index], index, size, changed(data, proof), root_of(size))


@given(pairs, st.integers(-2, 2 * MOST))
def test_an_inclusion_proof_is_for_one_place_only(pair, wrong):
    """And for one leaf: no two here are equal."""
    index, size = pair[0] - 1, pair[1]
    proof = inclusion_proof(index, size, node_of(LEAVES[:size]))

    assert includes(LEAVES[index], wrong, size, proof, root_of(size)) == (wrong == index)
    assert not includes(leaf_hash(b"another"), index, size, proof, root_of(size))
    assert not includes(LEAVES[index][:-1], index, size, proof, root_of(size))


@given(pairs, st.integers(-2, 2 * MOST))
def test_an_inclusion_proof_is_for_the_root_of_its_size(pair, wrong):
    """A size that the proof could also be for gives the same root, which then isn't that of a tree of that size."""
    index, size = pair[0] - 1, pair[1]
    proof = inclusion_proof(index, size, node_of(LEAVES[:size]))
    if 0 <= wrong <= MOST and wrong != size:
        assert not includes(LEAVES[index], index, wrong, proof, root_of(wrong))
    if not index < wrong:
        assert not includes(LEAVES[index], index, wrong, proof, root_of(size))


def is_consistent(first, second, first_root, second_root, proof) -> bool:
    """Tell whether a proof is accepted."""
    try:
        verify_consistency(first, second, first_root, second_root, proof)
    except BadProof:
        return False
    return True


@given(pairs, st.data())
def test_no_changed_consistency_proof_is_accepted(pair, data):
    """Whatever of the hashes is changed."""
    first, second = pair
    proof = changed(data, consistency_proof(first, second, node_of(LEAVES[:second])))

    assert not is_consistent(first, second, root_of(first), root_of(second), proof)


@given(pairs, st.data())
def test_a_consistency_proof_is_for_two_trees_only(pair, data):
    """Other roots or an earlier size with its root are refused."""
    first, second = pair
    proof = consistency_proof(first, second, node_of(LEAVES[:second]))
    others = [size for size in range(1, second + 1) if size != first]
    if others:
        wrong = data.draw(st.sampled_from(others))
        assert not is_consistent(wrong, second, root_of(wrong), root_of(second), proof)
        assert not is_consistent(first, second, root_of(wrong), root_of(second), proof)
        assert wrong == second or not is_consistent(first, second, root_of(first), root_of(wrong), proof)
    assert not is_consistent(first, second, root_of(first)[:-1], root_of(second), proof)
    assert not is_consistent(first, second, root_of(first), b"", proof)


@pytest.mark.parametrize(
    ("first", "second", "first_root", "second_root", "proof"),
    [
        (2, 1, root_of(2), root_of(1), []),
        (-1, 1, root_of(1), root_of(1), []),
        (1, 2, root_of(1), root_of(2), []),
        (0, 0, root_of(1), root_of(1), []),
        (0, 1, root_of(1), root_of(1), []),
        (0, 0, EMPTY_ROOT, root_of(1), []),
        (0, 1, EMPTY_ROOT, root_of(1), [LEAVES[0]]),
        (1, 1, root_of(1), LEAVES[1], []),
        (1, 1, root_of(1), root_of(1), [LEAVES[0]]),
    ],
)
def test_sizes_without_a_proof_are_looked_at_as_well(first, second, first_root, second_root, proof):
    """A log doesn't shrink, an empty one has one root, and a tree is consistent with itself alone."""
    with pytest.raises(BadProof):
        verify_consistency(first, second, first_root, second_root, proof)


def test_from_an_empty_tree_everything_follows():
    """There is nothing that could have been changed."""
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    verify_consistency(0, 5, EMPTY_ROOT, root_of(5), [])


def test_what_is_wrong_with_a_proof_is_said_in_a_sentence():
    """With the lengths, as these are what a mistake of a caller shows first."""
    with pytest.raises(BadProof, match=r"^The proof has 1 hashes; for trees of these sizes it has 3\.$"):
        root_from_inclusion(LEAVES[0], 0, 5, [LEAVES[1]])
    with pytest.raises(BadProof, match=r"^Leaf 5 is not in a tree of 5 leaves\.$"):
        root_from_inclusion(LEAVES[0], 5, 5, [])
