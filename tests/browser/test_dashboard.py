"""What Prefect's dashboard asks other hosts for, as chapter 00 says."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Request

from course_lib.server import lifecycle
from tests.browser.jupyter import SECONDS

SETTINGS_OF_AMPLITUDE = ("GET", "sr-client-cfg.amplitude.com")


def test_it_asks_for_settings_and_sends_nothing(browser: Browser) -> None:
    page = browser.new_page()
    page.set_default_timeout(SECONDS * 1000)
    asked: list[tuple[str, str | None]] = []

    def note(request: Request) -> None:
        host = urlsplit(request.url).hostname
        if host not in (None, "127.0.0.1", "localhost"):
            asked.append((request.method, host))

    page.context.on("request", note)
    with page.expect_request(lambda each: "amplitude" in each.url):
        page.goto(f"http://127.0.0.1:{lifecycle.ensure().port}")
    page.get_by_role("link", name="Deployments").first.click()
    page.wait_for_url("**/deployments**")
    assert set(asked) == {SETTINGS_OF_AMPLITUDE}
    page.close()
