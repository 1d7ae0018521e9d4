from __future__ import annotations

import os
import signal

import pytest

from s3pypi_serve.signals import ended_by_signals, handled_by, ignore_signals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_the_first_signal_interrupts_and_no_other_one_does(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with ended_by_signals():
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        for each in SIGNALS:
            os.kill(os.getpid(), each)
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_nothing_interrupts_once_signals_are_ignored() -> None:
    with ended_by_signals():
        ignore_signals()
        for each in SIGNALS:
            os.kill(os.getpid(), each)


def test_under_nohup_a_hangup_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with handled_by(lambda *_: pytest.fail("it was not ignored")):
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
