"""The server of the page: trame on this machine only, behind a random address."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import secrets
import time
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from phasefield.errors import PhasefieldError, RunError
from phasefield.postprocess import style
from phasefield.postprocess.sheet import Scale, common_dimension, common_grid
from phasefield.postprocess.viewer import page
from phasefield.postprocess.viewer.curves import TIME, Shown, columns_of, draw_curve, draw_profile
from phasefield.postprocess.viewer.scene import Look, Scene
from phasefield.postprocess.viewer.watched import Ranges, Watched, all_times, scale_of

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
#: Between two looks at the files of the runs, and between two pictures while the page plays [s].
PERIOD, FRAME = 1.0, 0.15
#: Least time between two drawings of the curves of a run that goes on, which has new rows at each step [s].
CURVE_PERIOD = 5.0
#: Sizes of the images of curves and profiles [inch], and their resolution [pixels per inch].
CURVE, PROFILE, SHARP = (4.0, 2.1), (8.0, 6.0), 150
#: Nothing may be loaded from elsewhere, and no other page learns the address. Vue compiles the page in the browser.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; connect-src 'self' data: blob:; worker-src 'self' blob:; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
#: Choices of the reader, which the browser sends back.
CHOICES = (
    "field", "range", "contour", "level", "fill", "cut", "part", "fit", "index", "follow", "playing", "first", "second",
)  # fmt: skip


def require_trame() -> None:
    """RunError if a package of the page is missing."""
    try:
        import trame.app
        import trame.widgets.vtk  # noqa: F401
    except ImportError as error:
        raise RunError(
            f"the page needs the package {error.name}: pip install 'phasefield-li[view]'", code="missing-package"
        ) from None


class Viewer:
    """A page of one or several runs.

    Parameters
    ----------
    paths : sequence of Path
        Run directories; they need not exist yet.

    Attributes
    ----------
    token : str
        The part of the address that nobody can guess.
    """

    def __init__(self, paths: Sequence[Path]):
        require_trame()
        from trame.app import get_server

        self.token = secrets.token_urlsafe(32)
        self.watched, self.ranges = [Watched(path) for path in paths], Ranges()
        self.scene = Scene(len(paths))
        self.quantities: dict[str, style.Quantity] = {}
        self.times = np.empty(0)
        self.server = get_server(f"phasefield view {self.token}", client_type="vue3")
        self.state: Any = self.server.state
        self._wake = asyncio.Event()
        self._news = True
        self._drawn: tuple[Any, ...] = ()
        self._curves: tuple[Any, ...] = ()
        self._curves_drawn = -math.inf
        self._shown: list[tuple[int, int]] = []
        self._rows: list[tuple[int, ...]] = []
        self._span = 0.0
        self._fits = 0
        self._columns: dict[str, Shown] = {}
        self._make_page()

    # The page -------------------------------------------------------------------------------------------------------

    def _make_page(self) -> None:
        from trame.ui.html import DivLayout
        from trame.widgets import client, vtk

        self.state.update(
            {
                "trame__title": f"{', '.join(page.names_of([one.path for one in self.watched]))} – phasefield",
                "runs": [], "trouble": "", "note": "", "now": "", "dimension": 0, "count": 0, "index": 0,
                "follow": True, "playing": False, "fields": [], "field": "", "range": "run", "contour": "",
                "level": 50, "fill": True, "level_text": "", "cut": "y", "part": 50, "fit": 0, "columns": [],
                "first": "", "second": "", "curves": [], "cursor": 0.0, "profile": "",
                "bar": {"title": "", "gradient": "none", "ticks": []},
            }
        )  # fmt: skip
        template, css = (files(__package__).joinpath(name).read_text("utf-8") for name in ("page.html", "page.css"))
        with DivLayout(self.server) as layout:
            client.Style(css)
            self.view = vtk.VtkRemoteView(
                self.scene.window, ref="scene", interactive_ratio=1, interactive_quality=70, still_quality=95
            )
            layout.root.children.remove(self.view)
            layout.root.add_child(template.replace("<!-- scene -->", self.view.html))
        self.state.change(*CHOICES)(lambda **_: self._wake.set())
        self.scene.on_resize(self._wake.set)

    # The server -----------------------------------------------------------------------------------------------------

    async def serve(self, port: int, ready: Callable[[str], None], idle: float = 0.0) -> None:
        """Serve until cancelled, or until no page has been open for some time.

        Parameters
        ----------
        port : int
            0 takes a free one.
        ready : callable
            Called with the address.
        idle : float [s]
            The time after which the server ends if no page is open; 0 is never.
        """
        os.environ["TRAME_ARGS"] = ""  # trame would read its options, such as the host, from our command line
        os.environ.pop("WSLINK_HTTP_HEADERS", None)
        self.server.controller.on_server_bind.add(self._behind_token)
        self.server.controller.on_server_ready.add(lambda **_: ready(self.address))
        self.update()
        _leave_out_lost_readers()
        drawing = asyncio.create_task(self._keep_up())
        try:
            await self.server.start(
                port=port, host=HOST, exec_mode="coroutine", thread=True, open_browser=False, timeout=math.ceil(idle),
                show_connection_info=False, backend="aiohttp", disable_logging=True,
            )  # fmt: skip
        except OSError as error:
            raise RunError(f"port {port} cannot be used ({error.strerror})", code="unwritable") from None
        finally:
            drawing.cancel()
            self.scene.close()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://localhost:{self.server.port}/{self.token}/"

    def _behind_token(self, bound: Any) -> None:
        """Move the page and its websocket below the token, and refuse everything else."""
        from aiohttp import web
        from trame_client.module.vue3 import www

        @web.middleware
        async def refuse(request: web.Request, handler: Any) -> web.StreamResponse:
            first = request.path.split("/")[1]
            if not secrets.compare_digest(first.encode(), self.token.encode()):
                raise web.HTTPForbidden(text="Open the whole address that `phasefield view` has printed.\n")
            return await handler(request)

        async def dress(request: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(HEADERS)

        async def index(request: web.Request) -> web.StreamResponse:
            return web.FileResponse(Path(www) / "index.html")

        inside, outside = bound.app, web.Application(middlewares=[refuse])
        inside.router.add_get("/", index)
        for name, folder in {**self.server.serve, "": www}.items():
            inside.router.add_static(f"/{name}", folder)
        outside.add_subapp(f"/{self.token}", inside)
        outside.on_response_prepare.append(dress)
        bound.set_app(outside)

    async def _keep_up(self) -> None:
        """Draw what was chosen last; what was chosen in between, as a slider moves, is left out."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), FRAME if self.state.playing else PERIOD)
            self._wake.clear()
            try:
                with self.state:
                    self._play()
                    self.update()
            except Exception:  # files of others may hold anything; the page stays
                log.exception("the page cannot show this")
                with self.state:
                    self.state.trouble = "This cannot be shown; the terminal says why."
            await asyncio.sleep(0)

    def _play(self) -> None:
        if self.state.playing and self.state.count:
            self.state.index = (self._index + 1) % self.state.count
            self.state.follow = False

    @property
    def _index(self) -> int:
        return int(_number(self.state.index, 0, max(self.state.count - 1, 0)))

    # What is shown --------------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Read what is new in the runs, and draw what has changed since the last time."""
        news = [one.refresh() for one in self.watched]
        try:
            if any(news) or not self.quantities:
                self._read()
            if self.quantities:
                self._draw()
            self.state.trouble = " ".join(one.trouble for one in self.watched if one.trouble and one.run is not None)
        except PhasefieldError as error:
            self.state.trouble = str(error)

    @property
    def _longest(self) -> float:
        return float(self.times[-1]) if len(self.times) else 0.0

    def _read(self) -> None:
        """Take over what the runs have written."""
        state, shown = self.state, [one for one in self.watched if one.run is not None and len(one.times)]
        self.times = all_times(shown)
        state.runs = page.run_lines(self.watched, self._longest)
        if not shown:
            return
        if (present := [(one.generation, len(one.times)) for one in self.watched]) == self._shown:
            return  # only new rows
        self._shown, self._news = present, True
        runs = [one.run for one in shown if one.run is not None]
        dimension, _ = common_dimension(runs), common_grid(runs)
        self.quantities = page.quantities(runs)
        state.fields, state.dimension = page.options(self.quantities), dimension
        if not _one_of(state.field, self.quantities):
            state.update(page.first_choice(list(self.quantities), dimension))
        last = len(self.times) - 1
        if state.follow or not state.count:
            state.index = last
        state.count = last + 1

    def _read_columns(self) -> None:
        """Take over the histories."""
        state = self.state
        columns = columns_of([one.run for one in self.watched if one.run is not None and one.run.history.rows])
        state.columns = [{"value": column.head, "text": column.label} for column in columns]
        heads = [column.head for column in columns]
        if heads and not _one_of(state.first, heads):
            state.first, state.second = heads[0], heads[min(1, len(heads) - 1)]
        self._columns = {column.head: column for column in columns}

    def _draw(self) -> None:
        state, index = self.state, self._index
        if index != state.count - 1:
            state.follow = False
        elif state.follow:
            state.index = index
        moment = float(self.times[index])
        state.now = style.time_label(moment, self._longest)
        self._draw_curves()
        state.cursor = page.cursor(moment, self._span)
        chosen = tuple(state[name] for name in CHOICES if name not in ("follow", "playing", "first", "second"))
        fit = state.fit != self._fits or self.scene.outgrown
        if (chosen, index) == self._drawn and not (self._news or fit):
            return
        snapshots: list[Any] = [one.snapshot(moment) if len(one.times) else None for one in self.watched]
        look = self._look(snapshots)
        quantity = self.quantities[look.field]
        if state.dimension == 1:
            picture = draw_profile(snapshots, look.field, quantity, look.scale, PROFILE)
            state.profile = style.inlined(picture, SHARP)
        else:
            self.scene.dimension = state.dimension
            self.scene.draw(snapshots, look, fit)
            self._fits = state.fit
            state.bar = page.colour_bar(quantity, look.scale)
            self.view.update()
        state.note = page.note_of(self.watched, snapshots, moment, self._longest)
        self._drawn, self._news = (chosen, index), False

    def _draw_curves(self) -> None:
        """Draw the curves again if there are new rows, from time to time, or other columns were chosen."""
        rows, now = [one.rows for one in self.watched], time.monotonic()
        grown = rows != self._rows and now - self._curves_drawn > CURVE_PERIOD
        if self._news or grown:
            self._read_columns()
        heads = [_one_of(head, self._columns) for head in (self.state.first, self.state.second)]
        wanted = [self._columns[head] for head in heads if head]
        if self._news or grown or wanted != list(self._curves):
            self._rows, self._curves_drawn = rows, now
            runs = [one.run if one.run is not None and len(one.times) else None for one in self.watched]
            ends = [run.history[TIME][-1] for run in runs if run is not None and run.history.rows]
            self._span = float(max([self._longest, *ends]))
            images = [draw_curve(runs, column, self._span, CURVE) for column in wanted]
            self.state.curves = [style.inlined(image, SHARP) for image in images]
            self._curves = tuple(wanted)

    def _look(self, snapshots: Sequence[Any]) -> Look:
        """The choices of the reader; anything else than what the page offers counts as its first choice."""
        state, known = self.state, self.quantities
        field = _one_of(state.field, known) or next(iter(known))
        contour = _one_of(state.contour, known)
        level, self.state.level_text = self._level(contour)
        if state.range == "time":
            scale = scale_of([one for one in snapshots if one is not None], field, known[field])
        else:
            scale = self._scale(field)
        return Look(
            field, known[field].factor, known[field].colours, scale, contour, level,
            cut=_one_of(state.cut, ("x", "y", "z")), part=_number(state.part, 0, 100) / 100,
            fill=page.BODIES.get(contour, style.QUIET) if state.fill else "",
        )  # fmt: skip

    def _scale(self, field: str) -> Scale:
        shown = [one for one in self.watched if one.run is not None and len(one.times)]
        return self.ranges.of_runs(shown, field, self.quantities[field])

    def _level(self, contour: str) -> tuple[float, str]:
        """Value of the line or surface [SI], from the position of its slider, and its text."""
        if not contour:
            return 0.0, ""
        part = _number(self.state.level, 0, 100) / 100
        if contour in page.BODIES:
            return part, f"{part:.2f}"
        quantity, scale = self.quantities[contour], self._scale(contour)
        value = scale.vmin + part * (scale.vmax - scale.vmin)
        return value / quantity.factor, f"{value:.3g} {page.plain(quantity.unit)}"


def _one_of(value: Any, known: Container[str]) -> str:
    """What a browser sent, if it is one of the texts known; otherwise an empty text."""
    return value if isinstance(value, str) and value in known else ""


def _number(value: Any, low: float, high: float) -> float:
    """A number that a browser sent, within bounds; the lower bound for anything that is no number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return low
    return min(max(number, low), high) if math.isfinite(number) else low


def _leave_out_lost_readers() -> None:
    """Keep what servers say of a reader who closed the page out of the terminal."""

    def is_news(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], ConnectionError))

    logging.getLogger("wslink").setLevel(logging.CRITICAL)  # it writes them as texts
    for name in ("aiohttp.server", "asyncio"):
        logging.getLogger(name).addFilter(is_news)
