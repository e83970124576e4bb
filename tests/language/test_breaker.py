"""Who may try again after a failure, and when."""

from shopkeeper.language.breaker import Breaker


class Now:
    """A clock that a test sets, in seconds."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_nobody_tries_during_the_pause_and_one_after_it() -> None:
    now = Now()
    breaker = Breaker(10, now)
    assert breaker.admits()
    breaker.failed()
    now.seconds = 109.9
    assert not breaker.admits()
    now.seconds = 110.0
    assert [breaker.admits(), breaker.admits()] == [True, False]  # the others wait for what becomes of that one
    now.seconds = 120.0
    assert breaker.admits()  # it never told


def test_a_success_admits_everyone() -> None:
    now = Now()
    breaker = Breaker(10, now)
    breaker.failed()
    breaker.succeeded()
    assert [breaker.admits(), breaker.admits()] == [True, True]
