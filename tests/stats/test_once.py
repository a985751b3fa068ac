"""Once: computed on first use, for each instance, and by two threads at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from foretell.stats.once import once


class Counted:
    """How often its attribute was computed."""

    def __init__(self, barrier: Barrier | None = None) -> None:
        self.times, self.barrier = 0, barrier

    @once
    def value(self) -> int:
        """Return how often this was asked for."""
        if self.barrier is not None:
            self.barrier.wait(timeout=10)
        self.times += 1
        return self.times


def test_an_attribute_is_computed_once_for_each_instance():
    first, second = Counted(), Counted()
    assert [first.value, first.value, second.value] == [1, 1, 1]
    assert first.times == second.times == 1
    assert Counted.value.__doc__ == "Return how often this was asked for."


def test_two_instances_are_computed_at_the_same_time():
    barrier = Barrier(2)  # broken after ten seconds where one waits for the other
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(getattr, Counted(barrier), "value") for _ in range(2)]
        assert [f.result() for f in found] == [1, 1]
