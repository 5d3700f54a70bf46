"""The page of `phasefield view` as a reader sees it: Debian's chromium without a screen, driven by Playwright."""

import io
import re
import shutil
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from playwright import sync_api as playwright

from phasefield.postprocess.viewer.launch import view
from tests.unit.synthetic_run import END, write_run

pytestmark = pytest.mark.browser

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"]  # fmt: skip
#: Longest time that the page may need to show a choice [ms], on a busy machine.
PATIENCE = 60_000
MINUTES = END / 60


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=shutil.which("chromium"), headless=True, args=OPTIONS,
            viewport={"width": 1280, "height": 800},
        )  # fmt: skip
        browser.set_default_timeout(PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    """Addresses of a page of two 2-D runs, with what its process has said."""
    folder = tmp_path_factory.mktemp("flat")
    for name, coated in (("film_bare", False), ("film_coated", True)):
        write_run(folder / name, (48, 64), (30.0, 40.0), coated=coated, snapshots=4)
    page = view(folder / "film_bare", folder / "film_coated")
    yield page
    page.close()


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    page = view(write_run(tmp_path_factory.mktemp("deep") / "run", (20, 20, 24), (30.0, 30.0, 36.0), snapshots=3))
    yield page
    page.close()


class Tab:
    """A tab of the browser with the page in it, and what it asked for and complained of."""

    def __init__(self, chromium, address, frame=None):
        self.tab, self.asked, self.complaints = chromium.new_page(), [], []
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.goto(address)
        self.page = self.tab.frame_locator(frame) if frame else self.tab
        playwright.expect(self.page.locator("#now")).to_have_text(re.compile(r"\d"), timeout=PATIENCE)
        self.settled()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tab.close()

    def set(self, slider, value):
        self.page.locator(f"#{slider}").evaluate(
            "(element, value) => { element.value = value; element.dispatchEvent(new Event('input')); }", value
        )

    def shows(self, name, text):
        playwright.expect(self.page.locator(f"#{name}")).to_contain_text(text, timeout=PATIENCE)

    def picture(self):
        """The scene as colours of its pixels."""
        image = Image.open(io.BytesIO(self.page.locator("#scene").screenshot())).convert("RGB")
        return np.asarray(image).astype(int)

    def settled(self):
        """The picture, once it has stopped to change."""
        before = self.picture()
        for _ in range(60):
            self.tab.wait_for_timeout(700)
            now = self.picture()
            if now.shape == before.shape and differing(now, before) < 1e-4 and coloured(now) > 0.1:
                return now
            before = now
        pytest.fail("the picture did not settle")

    def changed(self, before):
        """The picture, once it differs from another and has settled."""
        for _ in range(60):
            self.tab.wait_for_timeout(500)
            if differing(self.picture(), before) > 5e-3:
                return self.settled()
        pytest.fail("the picture did not change")


def differing(one, other):
    """Part of the pixels that differ by more than an image's compression may change them."""
    return np.mean(np.abs(one - other).max(axis=-1) > 24)


def coloured(picture):
    """Part of the pixels that are neither white nor grey."""
    return np.mean(np.ptp(picture, axis=-1) > 20)


def test_the_slider_moves_the_picture(chromium, flat):
    """Not blank; another time is another picture, and the same time the same one; the curves' line moves along."""
    with Tab(chromium, flat.address) as tab:
        tab.shows("now", f"{MINUTES:.1f} min")
        last = tab.settled()
        assert coloured(last) > 0.2
        place = tab.page.locator(".pf-cursor").first.bounding_box()["x"]
        tab.set("time", 1)
        tab.shows("now", f"{MINUTES / 3:.1f} min")
        early = tab.changed(last)
        assert tab.page.locator(".pf-cursor").first.bounding_box()["x"] < place - 50
        assert not tab.page.locator("#follow").is_checked()
        tab.set("time", 3)
        assert differing(tab.changed(early), last) < 2e-3
        assert not tab.complaints


def test_it_fits_a_small_screen_and_reads_well(chromium, flat):
    """Nothing sticks out at 1280 x 800; runs, states, quantity, unit, numbers and times can be read."""
    with Tab(chromium, flat.address) as tab:
        assert tab.tab.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
            1280, 800
        ]  # fmt: skip
        inside = """() => [...document.querySelectorAll('.pf-page *')].filter(e => {
            const b = e.getBoundingClientRect();
            return b.width && (b.right > innerWidth + 1 || b.bottom > innerHeight + 1); }).length"""
        assert tab.tab.evaluate(inside) == 0
        text = tab.page.locator(".pf-page").inner_text()
        for expected in ("bare", "coated", f"done, {MINUTES:.1f} min", "Current density (mA cm⁻²)"):
            assert expected in text
        ticks = [float(tick) for tick in tab.page.locator(".pf-ticks span").all_inner_texts()]
        assert len(ticks) > 2 and np.ptp(np.diff(ticks)) == pytest.approx(0, abs=1e-9)
        sizes = "() => [...document.querySelectorAll('.pf-page *')].map(e => parseFloat(getComputedStyle(e).fontSize))"
        assert min(tab.tab.evaluate(sizes)) >= 12
        assert "film_bare" in tab.tab.title() or "bare" in tab.tab.title()


def test_nothing_comes_from_elsewhere(chromium, flat):
    """All that the page asks for is below its own address."""
    with Tab(chromium, flat.address) as tab:
        outside = [one for one in tab.asked if not one.startswith((flat.address, "data:", "blob:"))]
        assert not outside and len(tab.asked) > 5


def test_fields_and_lines_can_be_chosen(chromium, flat):
    with Tab(chromium, flat.address) as tab:
        first = tab.settled()
        tab.page.locator("#field").select_option("phi")
        tab.shows("bar", "Electrolyte potential (mV)")
        second = tab.changed(first)
        tab.set("level", 90)
        third = tab.changed(second)
        tab.page.locator("#fill").uncheck()
        tab.changed(third)
        tab.page.locator("#field").select_option("current")
        tab.page.locator("#fill").check()
        tab.set("level", 50)
        tab.settled()


def test_a_wrong_address_shows_nothing(chromium, flat):
    """Without the token, the page and its websocket are refused."""
    host = re.match(r"http://[^/]+", flat.address)[0]
    tab = chromium.new_page()
    for path in ("/", "/index.html", f"/{'x' * 43}/"):
        answer = tab.goto(host + path)
        assert answer.status == 403 and "pf-page" not in tab.content()
        opened = f"""new Promise(done => {{ const s = new WebSocket('{host.replace("http", "ws")}{path}ws');
            s.onopen = () => done(true); s.onerror = () => done(false); }})"""
        assert tab.evaluate(opened) is False
    tab.close()


def test_a_box_can_be_turned_and_cut(chromium, deep):
    """A drag turns it and "Reset view" turns it back; the cut and the surface move with their sliders."""
    with Tab(chromium, deep.address) as tab:
        first = tab.settled()
        box = tab.page.locator("#scene").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        tab.tab.mouse.move(x, y)
        tab.tab.mouse.down()
        for step in range(1, 9):
            tab.tab.mouse.move(x + 15 * step, y + 4 * step)
            tab.tab.wait_for_timeout(40)
        tab.tab.mouse.up()
        turned = tab.changed(first)
        tab.page.locator("#fit").click()
        assert differing(tab.changed(turned), first) < 2e-3
        tab.set("part", 20)
        cut = tab.changed(first)
        tab.page.locator("#cut").select_option("x")
        across = tab.changed(cut)
        tab.set("level", 85)
        tab.changed(across)
        assert not tab.complaints


def test_it_follows_a_run(chromium, tmp_path):
    """The newest time is shown as it comes, without a click."""
    place = write_run(tmp_path / "run", (24, 32), (30.0, 40.0), snapshots=2)
    for name in ("fields.vtkhdf", "history.csv"):
        (place / name).rename(tmp_path / name)
    page = view(place)
    try:
        tab = chromium.new_page()
        tab.goto(page.address)
        playwright.expect(tab.locator(".pf-waiting")).to_be_visible()
        for name in ("history.csv", "fields.vtkhdf"):
            (tmp_path / name).rename(place / name)
        playwright.expect(tab.locator("#now")).to_have_text(f"{MINUTES:.1f} min", timeout=PATIENCE)
        assert tab.locator("#time").get_attribute("max") == "1"
        longer = write_run(tmp_path / "longer", (24, 32), (30.0, 40.0), snapshots=6)
        (longer / "fields.vtkhdf").replace(place / "fields.vtkhdf")
        playwright.expect(tab.locator("#time")).to_have_attribute("max", "5", timeout=PATIENCE)
        playwright.expect(tab.locator("#time")).to_have_value("5", timeout=PATIENCE)
        tab.close()
    finally:
        page.close()


def test_names_of_strangers_are_texts(chromium, tmp_path):
    """Marks of HTML and of Vue in the name of a run are shown, not followed."""
    name = "{{ 7*7 }}<img src=x onerror=document.title='caught'>"
    page = view(write_run(tmp_path / name, (12, 16), (30.0, 40.0), snapshots=2, holes=[]))
    try:
        with Tab(chromium, page.address) as tab:
            assert name in tab.page.locator(".pf-run b").inner_text()
            assert tab.tab.title() != "caught" and not tab.complaints
    finally:
        page.close()


@pytest.fixture
def tunnel(flat):
    """A port that forwards to that of the page, as `ssh -L` does."""
    port = int(re.search(r":(\d+)/", flat.address)[1])
    entrance = socket.create_server(("127.0.0.1", 0))

    def carry(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def accept():
        while True:
            try:
                outside, _ = entrance.accept()
            except OSError:
                return
            inside = socket.create_connection(("127.0.0.1", port))
            for ends in ((outside, inside), (inside, outside)):
                threading.Thread(target=carry, args=ends, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield flat.address.replace(f":{port}/", f":{entrance.getsockname()[1]}/")
    entrance.close()


def test_it_works_through_a_tunnel(chromium, tunnel):
    """At the other end of a tunnel, under another port, the slider moves the picture."""
    with Tab(chromium, tunnel) as tab:
        before = tab.settled()
        tab.set("time", 0)
        tab.shows("now", "0.0 min")
        tab.changed(before)
        tab.set("time", 3)


def test_it_works_in_a_notebook(chromium, flat):
    """In a frame of a page of another server, which is what a notebook makes of it."""

    class Notebook(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><h1>Notebook</h1>{flat._repr_html_()}".encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Notebook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with Tab(chromium, f"http://127.0.0.1:{server.server_port}/", frame="iframe") as tab:
            before = tab.settled()
            tab.set("time", 0)
            tab.shows("now", "0.0 min")
            tab.changed(before)
            tab.set("time", 3)
    finally:
        server.shutdown()


