"""The workspace's page in a headless Chromium, as a person's eyes and hands.

Promises: finds things by what the page marks for tests (`data-…`), never by position; waits for what must come and
says what was there instead. Refuses to know the story.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

T = TypeVar("T")
PATIENCE = 40.0  # seconds
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


class Page:
    """One window; whoever acts is switched in the left column."""

    def __init__(self, driver: webdriver.Chrome, url: str) -> None:
        self._driver = driver
        self._url = url

    def enter(self, who: str) -> None:
        """Open the page as somebody."""
        self._driver.get(f"{self._url}?as={who}")
        self._wait('[data-testid="composer"]')
        self._wait(f'[data-person="{who}"][aria-checked="true"]')

    def act_as(self, who: str) -> None:
        """Become somebody else in the same window."""
        self._wait(f'[data-person="{who}"]').click()
        self._wait(f'[data-person="{who}"][aria-checked="true"]')

    def type(self, text: str) -> None:
        """Write into the composer and send it."""
        box = self._wait('[data-testid="composer"]')
        box.send_keys(text)
        box.send_keys(Keys.ESCAPE)  # the suggestions are not wanted
        box.send_keys(Keys.ENTER)

    def press(self, words: str, action_id: str) -> None:
        """Press the button `action_id` on the newest message that contains `words`."""
        self._until(lambda: self._press(words, action_id), f"a button {action_id} on a message with {words!r}")

    def fill(self, values: dict[str, str]) -> None:
        """Type into the open modal's fields, by `block.action`."""
        for key, value in values.items():
            field = self._wait(f'[data-testid="modal"] [data-key="{key}"]')
            field.clear()
            field.send_keys(value)

    def phrase(self) -> str:
        """What the modal asks to be typed word by word."""
        label = self._wait('[data-testid="modal"] [data-block-id="typed"]').text
        return label.split("Type exactly: ", 1)[1].splitlines()[0].strip()

    def modal(self, callback_id: str) -> None:
        """Wait for a modal."""
        self._wait(f'[data-testid="modal"][data-callback-id="{callback_id}"]')

    def submit(self) -> None:
        """Submit the modal that is open."""
        self._wait('[data-testid="modal"] [data-testid="submit"]').click()

    def close(self, words: str) -> None:
        """Wait for a modal that says `words`, and close it."""
        self._until(lambda: words in self.modal_text(), f"a modal that says {words!r}")
        self._wait('[data-testid="modal"] [data-testid="close"]').click()
        self.modal_is_gone()

    def modal_text(self) -> str:
        """Every word of the modal that is open."""
        return self._wait('[data-testid="modal"]').text

    def modal_is_gone(self) -> None:
        self._until(lambda: not self._all('[data-testid="modal"]'), "no modal")

    def message(self, *words: str) -> str:
        """The text of the first message that contains all the words, as soon as there is one."""
        found = self._until(lambda: self._message(words), f"a message with {words}")
        return str(found)

    def picture(self, path: Path) -> None:
        """What it looks like."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._driver.save_screenshot(str(path))

    def _message(self, words: tuple[str, ...]) -> str | None:
        texts = (message.text for message in self._all('[data-testid="message"]'))
        return next((text for text in texts if all(word in text for word in words)), None)

    def _press(self, words: str, action_id: str) -> bool:
        for message in reversed(self._all('[data-testid="message"]')):
            buttons = message.find_elements(By.CSS_SELECTOR, f'button[data-action-id="{action_id}"]')
            if words in message.text and buttons:
                self._driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", buttons[0])
                buttons[0].click()
                return True
        return False

    def _all(self, selector: str) -> list[WebElement]:
        return self._driver.find_elements(By.CSS_SELECTOR, selector)

    def _wait(self, selector: str) -> WebElement:
        return self._until(lambda: next(iter(self._all(selector)), None), selector)

    def _until(self, look: Callable[[], T | None], what: str) -> T:
        """What `look` finds; AssertionError with the page's words when it finds nothing in time."""
        waiting = WebDriverWait(self._driver, PATIENCE, 0.1, ignored_exceptions=[StaleElementReferenceException])
        try:
            return waiting.until(lambda _: look() or False)
        except TimeoutException as late:
            words = self._driver.find_element(By.TAG_NAME, "body").text
            raise AssertionError(f"waited {PATIENCE:.0f} s for {what}; the page says:\n{words}") from late


@contextmanager
def browser(url: str, *, width: int = 1400, height: int = 900, dark: bool = False) -> Iterator[Page]:
    """A headless window on the page at `url`."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or "chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--window-size={width},{height}"):
        options.add_argument(flag)
    if dark:
        options.add_argument("--force-dark-mode")
        options.add_argument("--blink-settings=preferredColorScheme=0")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield Page(driver, url)
    finally:
        driver.quit()
