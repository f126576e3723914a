"""The page of channels is what the channels declare: no kind is missing, no capability changes unseen."""

from bot.cli.entrances.channels_table import CHANNELS_PAGE, build_channels_page


def test_the_page_of_channels_is_what_the_channels_declare() -> None:
    assert CHANNELS_PAGE.read_text(encoding="utf-8") == build_channels_page(), (
        "run `make docs` and read the difference"
    )
