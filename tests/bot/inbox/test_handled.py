"""Requests are told in memory that their message was handled."""

from bot.inbox.handled import HandledMessages


def test_who_waits_is_told_of_its_own_message_alone() -> None:
    handled = HandledMessages()
    with handled.expect(1) as first, handled.expect(2) as second:
        handled.announce([2, 3])
        assert second.is_set()
        assert not first.is_set()


def test_who_comes_after_it_was_handled_is_told_at_once() -> None:
    handled = HandledMessages()
    handled.announce([7])
    with handled.expect(7) as event:
        assert event.is_set()


def test_who_went_away_is_forgotten() -> None:
    handled = HandledMessages()
    with handled.expect(1) as event:
        pass
    handled.announce([1])
    assert not event.is_set()
