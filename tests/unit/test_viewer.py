"""The page of `phasefield view` without a browser: what it reads, what it draws, and who may see it."""

import asyncio
import gc
import json
import socket
import sys
import weakref

import aiohttp
import numpy as np
import pytest
from cmcrameri import cm
from trame.app import get_client
from trame_server.client import ConnectionStatus
from vtkmodules.vtkCommonCore import vtkObjectBase

from phasefield.cli import view as commands
from phasefield.errors import RunError
from phasefield.io.fields import Snapshot
from phasefield.postprocess.sheet import Scale
from phasefield.postprocess.style import QUANTITIES
from phasefield.postprocess.viewer import page, server
from phasefield.postprocess.viewer.scene import Look, Scene
from phasefield.postprocess.viewer.server import HOST, Viewer, require_trame
from phasefield.postprocess.viewer.watched import Ranges, Watched, all_times
from tests.errors import refused
from tests.unit.synthetic_run import END, write_run

CELLS, SIZE = (12, 16), (30.0, 40.0)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("view") / "plain", CELLS, SIZE, snapshots=4, holes=[])


# What is read -------------------------------------------------------------------------------------------------------


def test_a_run_is_followed_from_before_it_exists(tmp_path):
    """A directory that is missing, appears, grows, and is replaced by a shorter run."""
    watched, place = Watched(tmp_path / "run"), tmp_path / "run"
    watched.refresh()
    assert watched.run is None and watched.trouble and not watched.refresh()
    for number, snapshots in enumerate((2, 5, 3)):
        made = write_run(tmp_path / str(number), CELLS, SIZE, snapshots=snapshots, holes=[])
        if number == 1:  # the same run, grown
            for name in ("fields.vtkhdf", "history.csv"):
                (made / name).replace(place / name)
        else:
            if place.exists():
                place.rename(tmp_path / "old")
            made.rename(place)
        assert watched.refresh() and not watched.refresh()
        assert watched.times == pytest.approx(np.linspace(0, END, snapshots)) and watched.state == "done"
    assert watched.generation == 2  # it appeared, and was replaced


def test_damage_is_reported_and_the_last_picture_stays(tmp_path):
    place = write_run(tmp_path / "run", CELLS, SIZE, snapshots=2, holes=[])
    watched = Watched(place)
    watched.refresh()
    whole = (place / "fields.vtkhdf").read_bytes()
    (place / "fields.vtkhdf").write_bytes(whole[:100])
    assert watched.refresh() and watched.trouble and len(watched.times) == 2
    (place / "fields.vtkhdf").write_bytes(whole)
    assert watched.refresh() and not watched.trouble


def test_files_outside_the_run_are_not_read(tmp_path, path):
    """A run of a stranger whose fields are a link to a file of the reader."""
    place = write_run(tmp_path / "run", CELLS, SIZE, snapshots=2, holes=[])
    (place / "fields.vtkhdf").unlink()
    (place / "fields.vtkhdf").symlink_to(path / "fields.vtkhdf")
    watched = Watched(place)
    watched.refresh()
    assert watched.run is None and watched.trouble


def test_times_and_ranges_cover_all_runs(tmp_path, path):
    """Times of both runs, each once; the range is that of the values, and lasts over a longer run."""
    other = write_run(tmp_path / "other", CELLS, SIZE, snapshots=3, holes=[])
    both = [Watched(path), Watched(other)]
    for one in both:
        one.refresh()
    assert all_times(both) == pytest.approx([0, END / 3, END / 2, 2 * END / 3, END])
    quantity = page.quantities([one.run for one in both])["phi"]
    scale = Ranges().of_runs(both, "phi", quantity)
    values = np.concatenate([shot["phi"].ravel() for one in both for shot in one.run.snapshots]) * 1e3  # V to mV
    assert (scale.vmin, scale.vmax) == pytest.approx((values.min(), values.max()))


# What is shown ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 10.0, "0 2 4 6 8 10"), (-0.5, 0.5, "−0.4 −0.2 0.0 0.2 0.4"),
        (0.0, 2e-6, "0 5.00e−7 1.00e−6 1.50e−6 2.00e−6"),
    ],
)
def test_ticks_are_at_their_values(low, high, texts):
    """A tick's place is its share of the range, as its text says."""
    bar = page.colour_bar(QUANTITIES["c"], Scale(low, high))
    assert [tick["text"] for tick in bar["ticks"]] == texts.split()
    for tick in bar["ticks"]:
        value = float(tick["text"].replace("−", "-"))
        assert low + tick["at"] / 100 * (high - low) == pytest.approx(value, abs=1e-4 * (high - low))


def picture_of(scene):
    scene.plotter.render()
    return scene.plotter.screenshot(return_img=True)


def drawn(scene):
    """The picture of a scene, and the pixel at a place of the run [µm]."""
    picture = picture_of(scene)

    def at(*place):
        renderer = scene.plotter.renderers[0]
        renderer.SetWorldPoint(*place, 1.0)
        renderer.WorldToDisplay()
        column, row, _ = renderer.GetDisplayPoint()
        return picture[picture.shape[0] - 1 - int(row), int(column)]

    return picture, at


@pytest.fixture
def scene():
    made = Scene(1)
    yield made
    made.close()


def ramp(shape):
    """Cells of 2 µm: a field that differs in every one, and an order parameter that falls from 1 to 0 with height."""
    values = np.linspace(0.0, 1.0, int(np.prod(shape))).reshape(shape)
    metal = np.broadcast_to(1 - (np.arange(shape[-1]) + 0.5) / shape[-1], shape).copy()
    return Snapshot(0.0, (0.0,) * len(shape), (2.0,) * len(shape), {"value": values, "xi": metal})


def look(**changes):
    return Look(**{"field": "value", "factor": 2.0, "colours": cm.batlow, "scale": Scale(0.0, 2.0)} | changes)


def close_to(pixel, colour):
    return np.abs(pixel.astype(float) - 255 * np.asarray(colour[:3])).max() <= 3


def test_colours_of_a_plane_are_those_of_the_values(scene):
    """Each cell has the colour that the map gives its value; inside the metal the colour of lithium, if asked."""
    shot, scene.dimension = ramp((5, 6)), 2
    scene.draw([shot], look())
    _, at = drawn(scene)
    for i, j in ((0, 0), (4, 5), (2, 3)):
        assert close_to(at(2 * i + 1, 2 * j + 1, 0), cm.batlow(shot["value"][i, j]))
    scene.draw([shot], look(contour="xi", fill="#102030"))
    _, at = drawn(scene)
    assert close_to(at(5, 2, 0), np.array([0x10, 0x20, 0x30]) / 255)
    assert close_to(at(9, 11, 0), cm.batlow(shot["value"][4, 5]))


@pytest.mark.parametrize(
    ("axis", "part", "cell"), [("y", 0.5, (2, 2, 2)), ("x", 0.6, (2, 2, 2)), ("z", 0.5, (2, 2, 1))]
)
def test_a_cut_shows_the_cells_behind_it(scene, axis, part, cell):
    """The face of the cut has the colours of the cells that it lays open."""
    shot, scene.dimension = ramp((5, 4, 4)), 3
    scene.draw([shot], look(cut=axis, part=part))
    _, at = drawn(scene)
    number, centre = "xyz".index(axis), [2.0 * n + 1 for n in cell]
    centre[number] += {"y": -1.0}.get(axis, 1.0)  # to the face of the cell that the reader sees
    assert close_to(at(*centre), cm.batlow(shot["value"][cell]))


def test_the_surface_is_at_its_level(scene):
    """The isosurface hides what is behind it, and moves with its level."""
    shot, scene.dimension = ramp((6, 6, 8)), 3
    tops = []
    for level in (0.2, 0.8):
        scene.draw([shot], look(contour="xi", level=level, cut=""))
        surface = next(actor for actor in scene.plotter.renderer.actors.values() if "shown" in _arrays(actor))
        tops.append(surface.GetMapper().GetInput().GetBounds()[5])
    assert tops == pytest.approx([16.0 * (1 - level) for level in (0.2, 0.8)], rel=1e-5)


def _arrays(actor):
    mapper = actor.GetMapper() if hasattr(actor, "GetMapper") else None
    if mapper is None or not hasattr(mapper.GetInput(), "GetPointData"):
        return []
    data = mapper.GetInput().GetPointData()
    return [data.GetArrayName(k) for k in range(data.GetNumberOfArrays())]


def vtk_objects(scene):
    """Numbers of what the window shows, and of VTK objects that Python holds."""
    gc.collect()
    shown = [renderer.GetViewProps().GetNumberOfItems() for renderer in scene.plotter.renderers]
    return shown, sum(issubclass(type(one), vtkObjectBase) for one in gc.get_objects())


@pytest.mark.parametrize("shape", [(8, 9), (6, 7, 8)], ids=["2-D", "3-D"])
def test_drawing_again_leaves_nothing_behind(shape):
    """As many VTK objects after ten pictures as after three, and none of the window after it is closed."""
    scene, shot = Scene(1), ramp(shape)
    scene.dimension = len(shape)
    counts = []
    for number in range(10):
        scene.draw([shot], look(contour="xi", level=0.3 + 0.01 * number))
        drawn(scene)
        if number in (2, 9):
            counts.append(vtk_objects(scene))
    window = weakref.ref(scene.window)
    assert counts[0] == counts[1]
    scene.close()
    del scene
    gc.collect()
    assert window() is None


# Who sees it --------------------------------------------------------------------------------------------------------


def served(paths, visit, idle=0.0):
    """Serve a page while a coroutine visits it; returns what it found."""

    async def both():
        viewer, address = Viewer(paths), asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(viewer.serve(0, address.set_result, idle))
        try:
            await asyncio.wait_for(asyncio.wait({address, serving}, return_when=asyncio.FIRST_COMPLETED), 30)
            return await asyncio.wait_for(visit(viewer, address.result(), serving), 60)
        finally:
            serving.cancel()
            await asyncio.wait({serving})

    return asyncio.run(both())


async def status(session, address):
    async with session.get(address, allow_redirects=False) as answer:
        return answer.status, dict(answer.headers), await answer.text()


async def until(true, seconds=20.0):
    """Wait for the page to take over a change."""
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        await asyncio.sleep(0.05)
    pytest.fail("nothing changed")


def test_without_the_token_everything_is_refused(path):
    """The page, its scripts and its websocket, by any other address; the answer names neither token nor run."""

    async def visit(viewer, address, _):
        host = address.removesuffix(f"/{viewer.token}/")
        wrong = ("x" * len(viewer.token), viewer.token[:-1], viewer.token.lower(), f"{viewer.token}x")
        addresses = ["/", "/index.html", "/ws", "/vue.global.js", "/../", f"//{viewer.token}/", f"/?{viewer.token}"]
        addresses += [f"/{token}/{name}" for token in wrong for name in ("", "index.html", "ws", "vue.global.js")]
        addresses += [f"/{name}" for name in viewer.server.serve]
        async with aiohttp.ClientSession() as session:
            for one in addresses:
                code, _, text = await status(session, host + one)
                assert code == 403 and viewer.token not in text and "plain" not in text, one
            for one in ("/ws", f"/{wrong[0]}/ws"):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                    await session.ws_connect(host + one)
                assert refusal.value.status == 403
            code, headers, text = await status(session, address)
            assert code == 200 and "<html" in text
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'self'" in headers["Content-Security-Policy"]
            assert (await status(session, f"{address}vue.global.js"))[0] == 200

    served([path], visit)


def test_only_this_machine_can_reach_it(path):
    """It listens on the loopback address alone: not even another address of this machine answers."""

    async def visit(viewer, address, _):
        port = viewer.server.port
        socket.create_connection((HOST, port), 5).close()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", port), 5)

    assert HOST == "127.0.0.1"
    served([path], visit)


def test_options_of_trame_do_not_open_it(path, monkeypatch):
    """Neither our command line nor the environment of trame moves the page to other addresses."""
    monkeypatch.setenv("TRAME_ARGS", "--host 0.0.0.0 --no-http")
    monkeypatch.setenv("TRAME_DEFAULT_HOST", "0.0.0.0")
    monkeypatch.setattr(sys, "argv", ["phasefield", "--host", "0.0.0.0"])
    test_only_this_machine_can_reach_it(path)


def test_a_choice_changes_the_page(path):
    """By the websocket, as a browser does: the slider moves time and picture, and nonsense does no harm."""

    async def visit(viewer, address, _):
        client = get_client(address.replace("http", "ws") + "ws")
        connected = asyncio.create_task(client.connect(secret="wslink-secret"))
        await until(lambda: client.connected == ConnectionStatus.CONNECTED)
        state = viewer.state
        await until(lambda: state.now == f"{END / 60:.1f} min")
        assert state.count == 4 and state.dimension == 2 and state.runs[0]["name"] == "plain"
        pictures = [picture_of(viewer.scene)]
        for choice in ({"index": 0}, {"field": "phi"}, {"level": 80}):
            before = state.now, state.bar["title"], state.level_text
            with client.state:
                client.state.update(choice)
            await until(lambda: (state.now, state.bar["title"], state.level_text) != before)  # noqa: B023
            await asyncio.sleep(0.1)
            pictures.append(picture_of(viewer.scene))
            assert not np.array_equal(pictures[-1], pictures[-2]), choice
        assert state.now == "0.0 min" and state.follow is False and state.level_text == "0.80"
        with client.state:
            client.state.update({"index": "<b>", "field": {"no": 1}, "level": "nan", "cut": "../..", "first": [1]})
        await until(lambda: state.level_text == "0.00")
        assert not state.trouble and state.now == "0.0 min"
        connected.cancel()

    served([path], visit)


def test_new_times_are_followed(tmp_path):
    """A page that shows the newest time shows the next one when it comes; one that shows another time stays."""
    place = write_run(tmp_path / "run", CELLS, SIZE, snapshots=2, holes=[])

    async def visit(viewer, address, _):
        state = viewer.state
        for snapshots, follow in ((4, True), (6, False)):
            grown = write_run(tmp_path / f"{snapshots}", CELLS, SIZE, snapshots=snapshots, holes=[])
            with state:
                state.follow = follow
                state.index = state.count - 1 if follow else 0
            (grown / "fields.vtkhdf").replace(place / "fields.vtkhdf")
            await until(lambda: state.count == snapshots)  # noqa: B023
            assert state.index == (snapshots - 1 if follow else 0)

    served([place], visit)


def test_new_rows_extend_the_curves_only(tmp_path, monkeypatch):
    """Between two snapshots the history grows: the curves are drawn again up to the last row, the fields are not."""
    monkeypatch.setattr(server, "CURVE_PERIOD", 0.0)
    place = write_run(tmp_path / "run", CELLS, SIZE, snapshots=3, holes=[])

    async def visit(viewer, address, _):
        state, drawn = viewer.state, []
        await until(lambda: state.curves and state.cursor == pytest.approx(page.cursor(1.0, 1.0)))
        monkeypatch.setattr(viewer.scene, "draw", lambda *given: drawn.append(given))
        before, last = list(state.curves), (place / "history.csv").read_text().splitlines()[-1].split(",")
        with (place / "history.csv").open("a") as file:
            file.write(",".join([last[0], str(2 * END), *last[2:]]) + "\n")
        await until(lambda: state.curves != before)
        assert state.cursor == pytest.approx(page.cursor(1.0, 2.0)) and not drawn

    served([place], visit)


def test_texts_of_a_run_are_no_part_of_the_page(tmp_path):
    """A run of a stranger may be called anything; its name is shown as a text, and never compiled with the page."""
    name = "{{ 7 * 7 }} <img src=x onerror=alert(1)>"
    place = write_run(tmp_path / name, CELLS, SIZE, snapshots=2, holes=[])
    resolved = json.loads((place / "resolved.json").read_text())
    resolved["fields"] = {"phi": {"label": "{{ constructor }} <script>", "unit": "V\x1b[31m"}}
    (place / "resolved.json").write_text(json.dumps(resolved))

    async def visit(viewer, address, _):
        await until(lambda: viewer.state.count == 2)
        template = viewer.state.trame__template_main
        assert name in viewer.state.runs[0]["name"]
        assert "7 * 7" not in template and "onerror" not in template and "constructor" not in template

    served([place], visit)


def test_it_ends_when_nobody_looks(path):
    async def visit(viewer, address, serving):
        await asyncio.wait_for(asyncio.shield(serving), 20)
        return viewer

    assert served([path], visit, idle=1.0).scene.plotter._closed


def test_a_port_that_is_taken_is_an_error(path):
    with socket.create_server((HOST, 0)) as other, refused(RunError, "unwritable", other.getsockname()[1]):
        asyncio.run(Viewer([path]).serve(other.getsockname()[1], lambda _: None))


@pytest.mark.parametrize("package", ["trame.app", "trame.widgets.vtk"])
def test_a_missing_package_is_one_sentence(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with refused(RunError, "missing-package", package, "phasefield-li[view]"):
        require_trame()


def test_a_mistyped_directory(tmp_path):
    """Refused, with the nearest name beside it; `--wait` would wait."""
    (tmp_path / "film_coated").mkdir()
    with refused(RunError, "not-a-run", tmp_path / "film_caoted", tmp_path / "film_coated", "--wait"):
        commands.view([tmp_path / "film_caoted"])
