"""A real browser on a really running server: typing, choosing, buying; on a desk and on a phone; for everybody."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SLOW = 20_000  # milliseconds
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}; install the package chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose script errors fail the test."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert errors == []


def first_title(page: Page) -> str:
    return page.locator(".card .title").first.inner_text()


def test_results_come_while_typing(page: Page, address: str) -> None:
    page.goto(address)
    title = first_title(page)
    page.get_by_label("Search the shop").press_sequentially(title, delay=15)
    expect(page.locator("#found .title").first).to_have_text(title, timeout=SLOW)  # the first search loads a model
    expect(page).to_have_url(re.compile(r"/search\?q="))
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    assert page.get_by_text("Who is shopping?").count() == 0
    page.go_back()
    expect(page.get_by_text("Who is shopping?")).to_be_visible()


def test_a_basket_is_filled_where_one_stands_and_bought(page: Page, address: str) -> None:
    page.goto(f"{address}/?customer=u3")
    page.get_by_role("button", name=re.compile("^Add ")).last.click()
    expect(page.locator(".done")).to_have_text(re.compile("It is in the basket"))
    expect(page.locator("#basket")).to_have_text("1")
    page.get_by_role("link", name="See the basket").click()
    expect(page.get_by_role("region", name="Goes with your basket").locator(".card").first).to_be_visible()
    page.get_by_role("button", name="Buy all").click()
    expect(page.locator("#done")).to_contain_text("Ordered")
    expect(page.locator("#basket")).to_have_text("")


def test_search_works_by_keyboard_and_as_a_page(page: Page, address: str) -> None:
    page.goto(address)
    title = first_title(page)
    page.get_by_label("Search the shop").fill(title)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?"))
    expect(page.locator("#found .title").first).to_have_text(title)


def test_a_search_is_narrowed_and_widened_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/search?q=tea+milk+biscuits")
    before = page.locator("#found .title").count()
    page.get_by_role("link", name=re.compile("^Dairy")).press("Enter")
    expect(page).to_have_url(re.compile("category=Dairy"))
    expect(page.get_by_role("link", name=re.compile("^Leave Dairy"))).to_be_visible()
    assert page.locator("#found .title").count() < before
    page.get_by_role("link", name=re.compile("^Leave Dairy")).press("Enter")
    expect(page.locator("#found .title")).to_have_count(before)


def test_search_works_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    title = first_title(page)
    page.locator("#q").fill(title)
    page.locator("#q").press("Enter")
    assert page.locator("#found .title").first.inner_text() == title
    context.close()


def test_a_customer_is_found_by_typing_and_chosen(page: Page, address: str) -> None:
    page.goto(address)
    customer = page.locator("#suggested a").last.inner_text()
    page.get_by_label("Customer", exact=True).press_sequentially(customer, delay=15)
    page.locator("#suggested").get_by_role("link", name=customer, exact=True).click()
    expect(page.get_by_role("heading", name="For you", exact=True)).to_be_visible()
    expect(page.locator(".who").first).to_contain_text(customer)


def test_buying_an_item_changes_what_a_new_customer_sees(page: Page, address: str) -> None:
    page.goto(f"{address}/?customer=browser-1")
    expect(page.get_by_text("Nothing is known of customer browser-1 yet")).to_be_visible()
    title = first_title(page)
    page.locator(".card > a").first.click()
    page.get_by_role("button", name="Buy one now").click()
    expect(page.locator("#done")).to_contain_text("Ordered")
    page.get_by_role("link", name="See what to buy again").click()
    expect(page.get_by_role("heading", name="Buy again")).to_be_in_viewport()
    row = page.get_by_role("region", name="Buy again")
    expect(row.locator(".title")).to_have_text([title])
    expect(row.locator(".reason")).to_have_text(["You buy this"])


def test_looking_at_an_item_is_an_event(page: Page, address: str) -> None:
    page.goto(address)
    with page.expect_response(lambda answer: answer.url.endswith("/event")) as told:
        page.locator(".card > a").first.click()
    assert told.value.status == 204
    expect(page.get_by_role("button", name="Add to basket")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("/", "dark"),
        ("/?customer=u1", "light"),
        ("/item", "dark"),
        ("/search?q=tea", "light"),
        ("/search?q=tea+milk+biscuits&category=Drinks&brand=Toy", "dark"),
        ("/basket", "dark"),
        ("/nowhere", "light"),
    ],
)
def test_pages_are_for_everybody(browser: Browser, address: str, path: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    if path == "/basket":
        page.goto(address)
        page.get_by_role("button", name=re.compile("^Add ")).first.click()
        expect(page.locator("#basket")).to_have_text("1")
    page.goto(address if path == "/item" else address + path)
    if path == "/item":
        page.locator(".card > a").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than a phone"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_variant_is_chosen_on_a_phone(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    kinds = [("red", 3), ("blue", 0), ("a rather long name of a colour", 0), ("W" * 40, 1)]
    shirts = [
        {
            "item_id": f"shirt-{at}",
            "title": f"Shirt {at}",
            "group_id": "shirt",
            "stock": stock,
            "attributes": {"c": name},
        }
        for at, (name, stock) in enumerate(kinds)
    ]
    assert page.request.put(f"{address}/v1/items", data=shirts).ok
    page.goto(f"{address}/item/shirt-0?customer=u1")
    variants = page.get_by_role("navigation", name="Variants")
    expect(variants.locator("[aria-current]")).to_have_text("red")
    variants.get_by_role("link", name="blue out of stock").click()
    expect(page).to_have_url(f"{address}/item/shirt-1?customer=u1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Shirt 1")
    expect(variants.locator("[aria-current]")).to_contain_text("blue")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page is wider than a phone"
    context.close()


def test_a_keyboard_reaches_the_goods(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the goods"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
