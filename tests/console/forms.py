"""What a person sees on a page and sends back: forms as they stand in the HTML."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

MOST_BYTES = 20_000
"""Of a page, packed."""
FIGURE = re.compile(r'href="([^"]+)" data-figure="(\w+)" data-count="(\d+)"')


def read_token(page: str) -> str:
    """The token of the first form on the page."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found is not None, page
    return unescape(found[1])


class _Forms(HTMLParser):
    """Every form of a page: its attributes, and its hidden and chosen fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str], dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((found, {}))
        elif tag == "input" and self.forms and found.get("type") == "hidden":
            self.forms[-1][1][found["name"]] = found.get("value", "")


def find_form(page: str, **attributes: str) -> dict[str, Any]:
    """`action` and `data` of the first form with these attributes (`data_act="assign"`)."""
    reader = _Forms()
    reader.feed(page)
    wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
    for found, fields in reader.forms:
        if wanted.items() <= found.items():
            return {"url": found["action"], "data": fields}
    raise AssertionError(f"no form {wanted} on the page")


def read_numbers(page: str) -> list[str]:
    """Numbers of the cases that the page lists, in its order."""
    return re.findall(r'<li class="row[^"]*" data-case="([^"]+)"', page)


def read_counts(page: str) -> dict[str, int]:
    """The count of each folder."""
    return {key: int(count) for key, count in re.findall(r'data-folder="(\w+)" data-count="(\d+)"', page)}


def list_acts(page: str) -> set[str]:
    """The acts that the page has a form for."""
    return set(re.findall(r'data-act="(\w+)"', page))


def follow_figures(client: httpx.Client, address: str) -> list[tuple[str, int, int]]:
    """Of each figure of a page its key, what it says, and how many cases it leads to."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["Content-Length"]) <= MOST_BYTES
    links = {(unescape(href), key, int(count)) for href, key, count in FIGURE.findall(answer.text)}
    return [(key, count, len(read_numbers(client.get(href).text))) for href, key, count in links]
