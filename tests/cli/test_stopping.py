"""An interrupt that is swallowed on the way stops the study at the next event."""

from __future__ import annotations

import os
import signal

import pytest

from foretell.bench.log import Event
from foretell.cli.progress import Progress
from foretell.cli.stopping import check, install


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    install()
    yield
    install()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_swallowed_signal_is_raised_again_at_the_next_event(number, kind):
    with pytest.raises(kind):
        os.kill(os.getpid(), number)
    with pytest.raises(kind):  # the first one went nowhere
        Progress()(Event("start", {"stage": "runs", "missing": 1, "total": 1}))


def test_nothing_is_raised_where_nobody_asked():
    check()


def test_an_ignored_ctrl_c_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    install()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
