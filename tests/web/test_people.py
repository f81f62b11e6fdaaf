"""The pages for people: what they say, that all they need is there, and that nothing comes from elsewhere."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from service.decision.desk import Desk
from service.web.app import create_app
from service.web.callers import Caller, Callers
from service.web.problem_texts import PROBLEM_TEXTS
from service.web.problems import PROBLEMS, type_of

WEB = Path(__file__).resolve().parents[2] / "service" / "web"
PAGES = ["/", "/docs/problems", "/docs/problems/too-large"]


class Reader(HTMLParser):
    """Reads a page: its text, what it refers to, its headings, and whether each element that opens is closed."""

    void = frozenset({"meta", "link", "br", "img"})

    def __init__(self, page):
        super().__init__()
        self.links, self.ids, self.tags, self.open, self.words = [], [], [], [], []
        self.feed(page)
        self.close()

    @property
    def text(self):
        """The words of the page, spaces made one."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        """Note what is referred to."""
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """See that elements end in their order."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Note the words."""
        self.words.append(data)


def read(client, path, **headers):
    """Return a page as it is read."""
    response = client.get(path, headers=headers)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    return Reader(response.get_data(as_text=True))


def test_each_problem_has_its_page():
    """A `type` that leads nowhere explains nothing."""
    assert list(PROBLEM_TEXTS) == list(PROBLEMS)


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_page_of_a_problem_says_what_why_and_how_to_mend_it(client, code):
    """It lies where the problem's `type` points."""
    page, text = read(client, type_of(code)), PROBLEM_TEXTS[code]
    status, title = PROBLEMS[code]

    assert min(len(text.what), len(text.why), len(text.mend)) > 30
    for told in (title, f"status {status}", f"What it is {text.what}", f"Why {text.why}", f"What to do {text.mend}"):
        assert told in page.text


def test_a_problem_that_is_none_has_no_page(client):
    """And the page that was perhaps meant is named."""
    response = client.get("/docs/problems/to-large")

    assert (response.status_code, response.get_json()["type"]) == (404, "/docs/problems/not-found")
    assert "Did you mean 'too-large'?" in response.get_json()["detail"]


def test_the_first_page_tells_what_is_in_force(make_version, store):
    """Policies, versions, first days and decisions."""
    old, new = make_version("1.0.0", until="2026-06-30"), make_version("2.0.0", **{"from": "2026-07-01"})
    page = read(create_app(Desk([new, old]), store).test_client(), "/")

    assert new.title in page.text
    assert re.search(r"2\.0\.0 2026-07-01 none .* 1\.0\.0 none 2026-06-30", page.text)
    for decision in new.decisions.values():
        assert f"{decision.id} {decision.asks}" in page.text


def test_the_first_page_tells_only_known_callers_what_is_in_force(desk, store, pack):
    """As `/v1/policies` does."""
    token = "a" * 43
    callers = Callers({hashlib.sha256(token.encode()).hexdigest(): Caller("desk", frozenset())})
    client = create_app(desk, store, callers=callers).test_client()

    for headers in ({}, {"Authorization": "Bearer " + "b" * 43}):
        page = read(client, "/", **headers)
        assert pack.title not in page.text
        assert "GET /v1/policies" in page.text
    assert pack.title in read(client, "/", Authorization=f"Bearer {token}").text
    assert read(client, type_of("unauthorized"))


def test_what_a_pack_says_is_no_html(library_loans_called, store):
    """A title is text, whatever stands in it."""
    client = create_app(Desk([library_loans_called("<script>alert(1)</script>")]), store).test_client()
    page = read(client, "/")

    assert "<script>alert(1)</script>" in page.text
    assert "script" not in page.tags


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(client, path):
    """Relative, and so under any prefix; only the health of the service may be another status than 200."""
    page = read(client, path)

    assert page.links
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
            continue
        assert not urlsplit(link).scheme
        assert not link.startswith("/")
        found = client.get(urljoin(path, link))
        assert (link, found.status_code) == (link, 200) or link.endswith("docs")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small_and_whole_in_itself(client, path):
    """No script, nothing from elsewhere, one first heading, a language, and a way past the navigation."""
    response = client.get(path)
    page = Reader(response.get_data(as_text=True))

    assert page.open == []
    assert "script" not in page.tags
    assert page.tags.count("h1") == page.tags.count("main") == 1
    assert b'<html lang="en">' in response.data
    assert page.links.index("#main") < page.links.index(page.links[-1])
    assert len(response.data) < 20_000
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


def test_pages_are_light_and_dark_by_the_same_names():
    """A colour that only one of them has can't be read in the other."""
    style = (WEB / "static" / "style.css").read_text(encoding="utf-8")
    light, dark = (set(re.findall(r"(--\w+):", part)) for part in style.split("prefers-color-scheme: dark")[:2])

    assert light
    assert light == dark


def contrast(first, second):
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_told_from_its_ground():
    """4.5 to 1, as WCAG 2.2 asks at level AA (1.4.3), light and dark."""
    style = (WEB / "static" / "style.css").read_text(encoding="utf-8")
    for part in style.split("prefers-color-scheme: dark")[:2]:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part))
        for text in ("text", "soft", "link"):
            for ground in ("ground", "raised"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_the_icon_is_one(client):
    """Browsers ask for it unasked."""
    icon = client.get("/favicon.ico")

    assert (icon.status_code, icon.data[:6]) == (200, bytes([0, 0, 1, 0, 1, 0]))
    assert int.from_bytes(icon.data[18:22], "little") + int.from_bytes(icon.data[14:18], "little") == len(icon.data)


def test_a_browser_that_has_the_style_is_not_sent_it_again(client):
    """It is asked for with every page."""
    first = client.get("/style.css")
    again = client.get("/style.css", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
