"""The sort of the kernels: against numpy, for keys of every spread."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.stats.rank_sum.kernels import sort_words

KEYS = {
    "equal": lambda rng, n: np.full(n, 7),
    "two": lambda rng, n: rng.integers(0, 2, n) * 2**31,
    "narrow": lambda rng, n: 2**31 + rng.integers(0, 200, n),
    "coarse": lambda rng, n: rng.integers(0, 200, n) * 2**20,
    "full": lambda rng, n: rng.integers(0, 2**32, n),
    "extreme": lambda rng, n: rng.choice([0, 1, 2**32 - 1], n),
}


@pytest.mark.parametrize("spread", list(KEYS))
@pytest.mark.parametrize("n", [0, 1, 2, 48, 49, 300, 5_000, 40_000])
def test_words_are_sorted_by_key_and_stay_in_order_within_one(spread: str, n: int) -> None:
    rng = np.random.default_rng(n)
    keys = KEYS[spread](rng, n).astype(np.uint64)
    words = keys << np.uint64(32) | np.arange(n)[::-1].astype(np.uint64)  # payloads descend
    expected = words[np.argsort(keys, kind="stable")]
    counts = np.empty(4 * 2**13, np.int32)
    found = sort_words(words.copy(), np.empty(n, np.uint64), n, counts)
    np.testing.assert_array_equal(found, expected)
