"""The page of rights is what the permission functions answer: nobody's right changes unseen."""

from bot.cli.rights_table import RIGHTS_PAGE, build_rights_page


def test_the_page_of_rights_is_what_the_permission_functions_say() -> None:
    assert RIGHTS_PAGE.read_text(encoding="utf-8") == build_rights_page(), (
        "run `make docs` and read the difference"
    )
