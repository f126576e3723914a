"""What somebody does by hand on the page: become a person, speak, send a photo, quote, press."""

import base64
from pathlib import Path

from playwright.sync_api import Locator, Page, expect


class Newcomer:
    """Groups and people by the sandbox's ids; everything else by the words on the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def become(self, person: str) -> None:
        self.page.get_by_test_id(f"person-{person}").click()
        expect(self.page.get_by_test_id(f"person-{person}")).to_have_attribute("aria-checked", "true")

    def group(self, chat: str) -> Locator:
        return self.page.get_by_test_id(f"column-{chat}")

    def say(self, chat: str, text: str, *, photo: str | None = None) -> None:
        """Write, choose one of the sample photos, send. The mention is on, as the page has it."""
        if photo is not None:
            self.page.get_by_test_id(f"photo-{chat}").click()
            self.page.get_by_test_id(f"sample-{photo}-{chat}").click()
        self.page.get_by_test_id(f"input-{chat}").fill(text)
        self.send(chat)

    def walk(self, story: int, step: int) -> None:
        """Press a step of a walk at the top: it becomes the person and fills in the words."""
        self.page.get_by_test_id(f"story-{story}-{step}").click()

    def send(self, chat: str) -> None:
        self.page.get_by_test_id(f"send-{chat}").click()

    def quote(self, chat: str, words: str) -> None:
        """Click the newest message that says these words."""
        self.sees(chat, words).locator(".text, .card-title").first.click()
        expect(self.page.get_by_test_id(f"quoting-{chat}")).to_be_visible()

    def press(self, chat: str, button: str) -> None:
        self.group(chat).get_by_role("button", name=button, exact=True).last.click()

    def choose(self, chat: str, option: str) -> None:
        self.group(chat).get_by_role("combobox").last.select_option(label=option)

    def sees(self, chat: str, *words: str, within: float = 60.0) -> Locator:
        """The newest message of bot or webhook that holds all these words."""
        found = self.group(chat).locator(".message:not(.from-user)")
        for word in words:
            found = found.filter(has_text=word)
        newest = found.last
        expect(newest, f"{words} in {chat}").to_be_visible(timeout=within * 1000)
        return newest

    def sees_photos(self, chat: str, count: int, *, within: float = 60.0) -> None:
        """So many pictures posted by the bot, and loaded."""
        photos = self.group(chat).locator(".message:not(.from-user) .photo img")
        expect(photos).to_have_count(count, timeout=within * 1000)
        for photo in photos.all():
            expect(photo).to_have_js_property("complete", True)
            assert photo.evaluate("image => image.naturalWidth") > 0

    def scroll_to(self, message: Locator) -> None:
        """With its column's older messages out of sight."""
        message.evaluate(
            "node => node.parentElement.scrollTop = node.offsetTop - node.parentElement.offsetTop - 14"
        )

    def calm(self) -> None:
        """Nothing hovered, nothing flashing, nothing announced as new."""
        self.page.mouse.move(0, 0)
        expect(self.page.locator(".fresh, .news, .arrived, .changed")).to_have_count(0, timeout=60_000)

    def keep(self, folder: Path, name: str) -> None:
        """A picture of the page as it is."""
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / name, animations="disabled")

    def say_on_phone(self, phone: str, text: str) -> None:
        self.page.get_by_test_id(f"input-{phone}").fill(text)
        self.send(phone)

    def record_voice(self, phone: str) -> None:
        """Speak into the microphone for a moment."""
        self.page.get_by_test_id(f"voice-{phone}").click()
        self.page.get_by_test_id(f"record-{phone}").click()
        button = self.page.get_by_test_id(f"record-{phone}")
        expect(button).to_have_text("停下，发送")
        self.page.wait_for_timeout(600)
        button.click()
        expect(self.page.get_by_test_id(f"voices-{phone}")).to_be_hidden(timeout=30_000)

    def drop_photo(self, phone: str, photo: bytes) -> None:
        """Drop a photo on a telephone, as one from the desktop."""
        data = self.page.evaluate_handle(
            """base64 => {
                const bytes = Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0));
                const data = new DataTransfer();
                data.items.add(new File([bytes], "现场.jpg", { type: "image/jpeg" }));
                return data;
            }""",
            base64.b64encode(photo).decode(),
        )
        self.group(phone).dispatch_event("drop", {"dataTransfer": data})
