"""Finding nearly the same hashes."""

import numpy as np

from moderation.hash_list import HashList

RANDOM = np.random.default_rng(7)


def hashes(count: int):
    return RANDOM.integers(0, 256, (count, 32), np.uint8)


def with_bits_changed(pdq, count: int):
    bits = np.unpackbits(pdq)
    bits[RANDOM.choice(256, count, replace=False)] ^= 1
    return np.packbits(bits)


class TestHashList:
    def test_an_empty_list_has_nothing_near(self):
        assert HashList().near(hashes(1)[0], 256) == []

    def test_the_nearest_come_first_up_to_the_limit(self):
        wanted, *others = hashes(20)
        near = {11: 4, 12: 0, 13: 5}
        rows = [(number, one.tobytes()) for number, one in enumerate(others)]
        rows += [(key, with_bits_changed(wanted, bits).tobytes()) for key, bits in near.items()]

        assert HashList(rows).near(wanted, 4) == [(12, 0), (11, 4)]

    def test_what_is_added_is_found(self):
        first, second = hashes(2)
        known = HashList([(1, first.tobytes())])

        known.add(-1, second)

        assert known.near(second, 10) == [(-1, 0)]
        assert len(known) == 2
