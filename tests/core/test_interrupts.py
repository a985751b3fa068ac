"""Interrupts: held back, let through, never lost."""

from __future__ import annotations

import signal
import threading

import pytest

from foretell.core.interrupts import deferred_interrupts

NUMBERS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def handlers():
    """Both signals raise, whoever started the tests and however; all is restored after."""

    def stop(number, _):
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(143)

    before = {number: signal.signal(number, stop) for number in NUMBERS}
    yield stop
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupt(number, passed, *, lets_through=True, error=None) -> None:
    """Raise a signal in the middle of the work, and note how far that came."""
    with deferred_interrupts() as let_through:
        let_through()
        signal.raise_signal(number)
        passed.append("the place where it came")
        if error is not None:
            raise error
        if lets_through:
            let_through()
        passed.append("the end")


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_an_interrupt_comes_through_where_it_is_let(number, raised):
    passed = []
    with pytest.raises(raised):
        interrupt(number, passed)
    assert passed == ["the place where it came"]


@pytest.mark.parametrize("number", NUMBERS)
def test_one_that_is_still_waiting_is_raised_at_the_end(handlers, number):
    passed = []
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        interrupt(number, passed, lets_through=False)
    assert passed == ["the place where it came", "the end"]
    assert signal.getsignal(number) is handlers


def test_another_error_wins_and_the_handlers_come_back(handlers):
    with pytest.raises(ValueError, match="other"):
        interrupt(signal.SIGINT, [], error=ValueError("other"))
    assert signal.getsignal(signal.SIGINT) is handlers


def test_who_ignores_interrupts_goes_on_ignoring_them():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with deferred_interrupts() as let_through:
        signal.raise_signal(signal.SIGINT)
        let_through()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_threads_hold_nothing_back():
    found = []

    def work() -> None:
        with deferred_interrupts() as let_through:
            let_through()
            found.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["done"]
