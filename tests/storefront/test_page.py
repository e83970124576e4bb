"""Pages without a browser: what they show, what they escape, and that buttons make real events."""

import re
from html import unescape
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from shopkeeper.storefront.report import ReportPages
from shopkeeper.storefront.view import HERE

HTML = {"accept": "text/html"}


def some_item(client: TestClient) -> str:
    return str(client.get("/v1/recommend/trending", params={"n": 1}).json()["items"][0]["item_id"])


def rows(page: str) -> list[str]:
    return re.findall(r'<h2 id="row-([\w-]+)"', page)


def buy(client: TestClient, item_id: str, customer: str) -> str:
    form = {"type": "purchase", "item_id": item_id, "customer": customer, "back": "home"}
    answer = client.post("/event", data=form, follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_guest_chooses_a_customer_and_sees_popular_items(client: TestClient) -> None:
    page = client.get("/").text
    assert "Who is shopping?" in page
    assert "Choose a customer" in page
    assert "Stand-in: popular" in page
    assert 'href="/?customer=' in page
    assert "shopkeeper_visitor" in client.cookies


def test_an_unknown_customer_is_told_that_it_sees_popular_items(client: TestClient) -> None:
    page = client.get("/", params={"customer": "nobody 7"}).text
    assert "Nothing is known of customer nobody 7 yet" in page
    assert rows(page)[0] == "home"


def test_a_purchase_changes_the_page_at_once(client: TestClient) -> None:
    item_id = some_item(client)
    assert "buy-again" not in rows(client.get("/", params={"customer": "fresh"}).text)
    back = buy(client, item_id, "fresh")
    assert back == "/?customer=fresh&done=purchase"
    page = client.get(back).text
    assert "It belongs to the history now" in page
    assert "buy-again" in rows(page)
    assert "You buy this" in page
    assert '<a href="/?customer=fresh#row-buy-again">See what to buy again</a>' in page
    assert "See the basket" not in page, "it is rightly empty"


def test_a_guests_purchase_counts_for_this_guest_only(client: TestClient) -> None:
    assert "buy-again" not in rows(client.get("/").text)
    page = client.get(buy(client, some_item(client), "")).text
    assert '<a href="/#row-buy-again">See what to buy again</a>' in page
    assert "buy-again" in rows(page)
    answer = client.get("/v1/recommend/buy-again", params={"visitor_id": client.cookies["shopkeeper_visitor"]}).json()
    assert len(answer["items"]) == 1
    other = client.get("/v1/recommend/buy-again", params={"visitor_id": "another"}).json()
    assert other["fallback"] or not other["items"]


def test_an_item_page_has_details_and_rows(client: TestClient) -> None:
    item_id = some_item(client)
    title = client.get(f"/v1/items/{item_id}").json()["title"]
    page = client.get(f"/item/{item_id}").text
    assert f"<h1>{title}</h1>" in unescape(page)
    assert "similar" in rows(page)


def test_everything_from_the_catalogue_and_the_address_is_escaped(client: TestClient) -> None:
    evil = '<script>alert("x")</script>'
    item = {"item_id": "e/<b>", "title": evil, "description": evil, "brand": evil, "category": ["<i", "<b"]}
    assert client.put("/v1/items", json=item).json()["accepted"] == 1
    page = client.get("/item/e%2F%3Cb%3E", params={"customer": evil}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in client.get("/search", params={"q": evil, "customer": evil}).text
    assert "<script>alert" not in client.get("/", params={"customer": evil}).text
    assert "<script>alert" not in client.get(f"/{evil}", headers=HTML).text


def cart(client: TestClient, item_id: str, customer: str, kind: str = "cart") -> None:
    form = {"type": kind, "item_id": item_id, "customer": customer, "back": "home"}
    assert client.post("/event", data=form, follow_redirects=False).status_code == 303


def basket_of(client: TestClient, customer: str) -> list[str]:
    """The titles of what the basket's page shows in the basket."""
    page = unescape(client.get("/basket", params={"customer": customer}).text)
    return re.findall(r'<p><a href="/item/[^"]*">([^<]*)</a>', page)


def test_the_basket_holds_what_was_put_in_and_not_taken_out(client: TestClient) -> None:
    assert "It is empty" in client.get("/basket", params={"customer": "b1"}).text
    cart(client, "tea-black", "b1")
    cart(client, "soap", "b1")
    assert basket_of(client, "b1") == ["Black tea, 50 bags", "Lavender hand soap"]
    cart(client, "tea-black", "b1", "uncart")
    assert basket_of(client, "b1") == ["Lavender hand soap"]
    assert basket_of(client, "b2") == []


def test_a_list_answers_to_the_basket_at_home_and_on_its_own_page(client: TestClient) -> None:
    assert "bought-together" not in rows(client.get("/", params={"customer": "u1"}).text)
    cart(client, "tea-black", "u1")
    assert rows(client.get("/", params={"customer": "u1"}).text)[0] == "bought-together"
    page = unescape(client.get("/basket", params={"customer": "u1"}).text)
    assert "Often bought with Black tea, 50 bags" in page
    cart(client, "tea-black", "u1", "uncart")
    cart(client, "coffee-beans", "u1")
    page = unescape(client.get("/basket", params={"customer": "u1"}).text)
    assert "Often bought with Coffee beans, dark roast" in page
    assert "Often bought with Black tea" not in page


def test_buying_all_empties_the_basket_and_counts_as_one_basket(client: TestClient) -> None:
    cart(client, "soap", "b3")
    cart(client, "soap", "b3")
    cart(client, "cream", "b3")
    page = client.get("/basket", params={"customer": "b3"}).text
    assert "2 × €2.49" in page
    assert "€6.57 in all" in page  # 2 x 2.49 + 1.59
    answer = client.post("/basket", data={"customer": "b3"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?customer=b3&done=purchase")
    assert basket_of(client, "b3") == []
    again = client.get("/v1/recommend/buy-again", params={"user_id": "b3"}).json()["items"]
    assert {place["item_id"] for place in again} == {"soap", "cream"}


def test_a_script_hears_how_full_the_basket_is(client: TestClient) -> None:
    form = {"type": "cart", "item_id": "milk", "customer": "b4"}
    part = client.post("/event", data=form, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "It is in the basket." in part.text
    assert 'hx-swap-oob="true">1</span>' in part.text


def test_typing_makes_the_search_the_pages_address(client: TestClient) -> None:
    typed = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?customer=u1"}
    first = client.get("/search", params={"q": "te", "customer": "u1"}, headers=typed)
    assert first.headers["hx-push-url"] == "/search?q=te&customer=u1"
    assert "<title>te · Toy shop</title>" in first.text
    typed["HX-Current-URL"] = "http://testserver/search?q=te"
    assert client.get("/search", params={"q": "tea"}, headers=typed).headers["hx-replace-url"] == "/search?q=tea"


def test_a_customer_is_hinted_at_by_one_that_there_is(client: TestClient) -> None:
    hinted = re.search(r'placeholder="Such as (\w+)"', client.get("/").text)
    assert hinted
    assert f">{hinted[1]}<" in client.get("/customers").text


def test_search_is_a_page_without_script_and_a_part_with_it(client: TestClient) -> None:
    title = client.get(f"/v1/items/{some_item(client)}").json()["title"]
    whole = client.get("/search", params={"q": title})
    part = client.get("/search", params={"q": title}, headers={"HX-Request": "true"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert title in unescape(whole.text)
    assert title in unescape(part.text)
    assert whole.headers["vary"] == "HX-Request"


def test_an_empty_search_and_one_without_answers_say_so(client: TestClient) -> None:
    assert "Type what you are looking for" in client.get("/search").text
    assert client.get("/search", params={"q": " \x00 "}).status_code == 200


def test_customers_are_found_by_how_they_begin(client: TestClient) -> None:
    buy(client, some_item(client), "zebra-1")
    assert ">zebra-1<" in client.get("/customers", params={"customer": "zeb"}).text
    assert "No customer begins with that" in client.get("/customers", params={"customer": "qqq"}).text


def test_errors_are_pages_for_people_and_problems_for_programs(client: TestClient) -> None:
    page = client.get("/item/nothing", headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no item &#39;nothing&#39;" in page.text
    assert client.get("/item/nothing").headers["content-type"] == "application/problem+json"
    part = client.get("/item/nothing", headers={"HX-Request": "true"})
    assert part.text.startswith('<p class="notice" role="alert">')


def test_forms_that_cannot_be_used_are_refused(client: TestClient) -> None:
    item_id = some_item(client)
    assert client.post("/event", data={"type": "steal", "item_id": item_id}).status_code == 422
    assert client.post("/event", data={"type": "cart"}).status_code == 422
    assert client.post("/event", data={"type": "cart", "item_id": "nothing"}).status_code == 422
    assert client.post("/event", content=b"\xff\xfe").status_code == 422
    assert client.get("/event").status_code == 405


def test_a_form_of_another_site_is_refused(client: TestClient) -> None:
    form = {"type": "cart", "item_id": some_item(client), "customer": "h"}
    before = client.get("/readyz").json()["events"]
    answer = client.post("/event", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 422
    assert client.get("/readyz").json()["events"] == before


def test_pages_load_nothing_from_elsewhere(client: TestClient) -> None:
    answer = client.get("/")
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    for path in re.findall(r'(?:src|href)="(/static/[\w.]+)', answer.text):
        assert client.get(path).status_code == 200


def test_the_report_is_that_of_the_bundle_that_is_served(client: TestClient) -> None:
    answer = client.get("/report")
    assert answer.status_code == 200
    assert "NDCG@10" in answer.text
    assert '<a href="/"' in answer.text
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_evaluations_in_rounds_are_reached_from_the_report(client: TestClient, tmp_path: Path) -> None:
    assert client.get("/report/folds").status_code == 404
    assert "--protocol rolling" in client.get("/report/shop.db").text
    folder, report = tmp_path / "runs", tmp_path / "report.html"
    folder.mkdir()
    for path in (report, folder / "rounds-folds.html", folder / "rounds-rolling.html"):
        path.write_text(f"<body>\n<h1>{path.stem}</h1>")
    found = {"folds": folder / "rounds-folds.html", "rolling": folder / "rounds-rolling.html"}
    told = ReportPages(lambda: report, lambda: found)
    with TestClient(
        Starlette(routes=[Route("/report", told.report), Route("/report/{protocol}", told.rounds)])
    ) as door:
        page = door.get("/report").text
        assert re.findall('href="([^"]+)"', page) == ["/", "/report/folds", "/report/rolling"]
        page = door.get("/report/rolling").text
        assert "<h1>rounds-rolling</h1>" in page
        assert re.findall('href="([^"]+)"', page) == ["/", "/report", "/report/folds"]


def test_the_vendored_script_carries_its_licence() -> None:
    assert (HERE / "static" / "htmx.min.js").stat().st_size > 10_000
    assert "Zero-Clause BSD" in (HERE / "static" / "htmx.LICENSE.txt").read_text()


def test_a_search_for_what_is_sold_out_says_that(client: TestClient) -> None:
    item = {"item_id": "kite", "title": "Zwxqvy", "stock": 0}
    assert client.put("/v1/items", json=item).status_code == 200
    assert "sold out: Zwxqvy." in client.get("/search", params={"q": "zwxqvy"}).text


def chips(page: str) -> dict[str, tuple[str, str]]:
    """Name of each link that narrows a search, with its address and count; a chosen one begins with "Leave "."""
    found = re.findall(r'<li><a href="(/search[^"]*)"[^>]*>(.*?)</a></li>', page, re.DOTALL)
    told = {}
    for address, inner in found:
        name, _, rest = re.sub(r"<[^>]*>", "", inner).strip().partition("\n")
        told[unescape(name.strip())] = (unescape(address), rest.split()[0])
    return told


def test_a_search_is_narrowed_by_links_that_say_how_much_lies_behind_them(client: TestClient) -> None:
    evil = "<b>&'Ore"
    items = [{"item_id": f"nut-{n}", "title": f"Hexnut {n}", "brand": evil, "category": ["Iron", "Nuts"]} for n in "12"]
    items.append({"item_id": "nut-3", "title": "Hexnut 3", "brand": "Plain", "category": ["Iron", "Odd <i"]})
    assert client.put("/v1/items", json=items).json()["accepted"] == 3
    page = client.get("/search", params={"q": "hexnut", "customer": "u1"}).text
    assert evil not in page
    assert chips(page)[evil][1] == "2"
    assert chips(page)["Iron"][1] == "3"
    inside = client.get(chips(page)["Iron"][0]).text
    assert {name: count for name, (_, count) in chips(inside).items()}.items() >= {"Nuts": "2", "Odd <i": "1"}.items()
    ours = client.get(chips(inside)[evil][0]).text
    assert set(re.findall(r'class="title">([^<]*)<', ours)) == {"Hexnut 1", "Hexnut 2"}
    assert "customer=u1" in chips(ours)["Plain"][0]
    assert chips(ours)[f"Leave {evil}"][0] == chips(page)["Iron"][0]
    assert chips(ours)["Leave Iron"][0] == chips(page)[evil][0]
    assert client.get(chips(ours)["Leave Iron"][0]).status_code == 200


def test_a_narrowed_search_is_come_back_to(client: TestClient) -> None:
    form = {"type": "cart", "item_id": "milk", "back": "search", "q": "milk", "narrowed": "category=Dairy&brand=Toy"}
    back = client.post("/event", data=form, follow_redirects=False).headers["location"]
    assert back == "/search?q=milk&category=Dairy&brand=Toy&done=cart"
    assert "Leave </span>Dairy" in client.get(back).text


def test_a_narrowing_that_leaves_nothing_can_be_taken_back(client: TestClient) -> None:
    page = client.get("/search", params={"q": "milk", "brand": "No such"}).text
    assert "Nothing found" in page
    assert chips(page)["Leave No such"][0] == "/search?q=milk"


def titles(page: str) -> set[str]:
    return set(re.findall(r'class="title">([^<]*)<', page))


def test_a_search_is_narrowed_by_the_attributes_that_the_shop_offers(colour_client: TestClient) -> None:
    client = colour_client
    page = client.get("/search", params={"q": "xylotint", "customer": "u1"}).text
    assert re.findall(r'<h2 id="narrow-\d">([^<]*)<', page) == ["Category", "Colour", "Tin &#34;size"]
    assert "<i>'" not in page
    offered = chips(page)
    counts = {"Paint": "3", "red": "2", "<i>'blue": "1", "green": "1", "10": "2", "5": "1"}
    assert {name: offered[name][1] for name in counts} == counts
    large = client.get(offered["10"][0]).text
    assert titles(large) == {"Xylotint paint-2", "Xylotint paint-3"}
    counts = {"red": "1", "green": "1", "5": "1", "Indoor": "1"}  # but not blue, which is not to be had in large
    assert {name: count for name, (_, count) in chips(large).items() if name in {*counts, "<i>'blue"}} == counts
    both = client.get(chips(client.get(chips(large)["red"][0]).text)["green"][0]).text
    assert titles(both) == {"Xylotint paint-2", "Xylotint paint-3"}
    indoor = client.get(chips(both)["Indoor"][0]).text
    assert titles(indoor) == {"Xylotint paint-2"}
    assert "customer=u1" in chips(indoor)["Leave red"][0]
    assert titles(client.get(chips(page)["<i>'blue"][0]).text) == {"Xylotint paint-1"}


def test_a_search_that_attributes_narrow_is_come_back_to(colour_client: TestClient) -> None:
    page = colour_client.get("/search", params={"q": "xylotint", "attribute.colour": ["red", "green"]}).text
    (narrowed, *_) = re.findall(r'name="narrowed" value="([^"]*)"', page)
    assert unescape(narrowed) == "attribute.colour=red&attribute.colour=green"
    form = {"type": "cart", "item_id": "paint-2", "back": "search", "q": "xylotint", "narrowed": unescape(narrowed)}
    back = colour_client.post("/event", data=form, follow_redirects=False).headers["location"]
    assert back == "/search?q=xylotint&attribute.colour=red&attribute.colour=green&done=cart"


def test_what_is_not_offered_or_what_no_product_has_narrows_nothing(colour_client: TestClient) -> None:
    for name in ("attribute.secret", "attribute.never", "attribute.", 'attribute."x'):
        page = colour_client.get("/search", params={"q": "xylotint", name: "a", "attribute.colour": "red"})
        assert page.status_code == 200
        assert titles(page.text) == {"Xylotint paint-1", "Xylotint paint-2"}
        assert "Leave </span>a" not in page.text


def test_a_value_that_leaves_nothing_can_be_taken_back(colour_client: TestClient) -> None:
    page = colour_client.get("/search", params={"q": "xylotint", "attribute.colour": "no such"}).text
    assert "Nothing found" in page
    assert chips(page)["Leave no such"][0] == "/search?q=xylotint"


def test_a_shop_of_one_market_has_none_to_choose(client: TestClient) -> None:
    page = client.get("/", params={"market": "mars"}).text
    assert "market" not in page


def test_a_market_is_chosen_and_kept(market_client: TestClient) -> None:
    client = market_client
    page = unescape(client.get("/item/milk", params={"customer": "u1"}).text)
    assert "€1.19" in page
    assert 'href="/item/milk?customer=u1&market=Z%C3%BCrich %26 co"' in page.replace("+", " ")
    there = {"customer": "u1", "market": "Zürich & co"}
    page = unescape(client.get("/item/milk", params=there).text)
    assert "CHF 1.50" in page
    assert 'aria-current="true">Zürich & co<' in page
    inside = [link for link in re.findall(r'href="(/(?:item|search|basket)?[^"#]*\?[^"]*)"', page) if "#" not in link]
    assert sum("market=Z%C3%BCrich" in link for link in inside) == len(inside) - 1  # all but the way to the default one
    assert "CHF 1.50" in unescape(client.get("/search", params={**there, "q": "milk"}).text)
    form = {"type": "cart", "item_id": "milk", "back": "home", **there}
    back = client.post("/event", data=form, follow_redirects=False).headers["location"]
    assert back == "/?customer=u1&market=Z%C3%BCrich+%26+co&done=cart"
    assert "CHF 1.50 in all" in client.get("/basket", params=there).text
    assert "€1.19 in all" in client.get("/basket", params={"customer": "u1"}).text
    home = client.get("/customers", params={"customer": "u1", "market": "Zürich & co"}).text
    assert "market=Z%C3%BCrich" in home
    assert "Soap" not in re.findall(r'class="title">([^<]*)<', client.get("/", params=there).text)


def test_a_market_that_there_is_not_is_the_default_one(market_client: TestClient) -> None:
    page = unescape(market_client.get("/item/milk", params={"market": "mars"}).text)
    assert "€1.19" in page
    assert "mars" not in page


def test_a_market_beyond_those_that_a_page_lists_is_one_all_the_same(
    market_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopkeeper.storefront.page.MARKETS", 0)
    page = unescape(market_client.get("/item/milk", params={"market": "Zürich & co"}).text)
    assert "CHF 1.50" in page
    assert 'aria-current="true">Zürich & co<' in page


def test_typing_keeps_the_markets_addresses_fresh(market_client: TestClient) -> None:
    part = market_client.get("/search", params={"q": "tea"}, headers={"HX-Request": "true"}).text
    assert 'id="markets" hx-swap-oob="innerHTML"' in part
    assert 'href="/search?q=tea&amp;market=Z%C3%BCrich+%26+co"' in part
