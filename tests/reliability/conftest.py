"""Whole runs of every model, and parts of them, which the tests of restarts share.

What starts MPI is imported when it is used: where it had started while conftests were read, mpirun failed, without a
word, in the workers of pytest-xdist.
"""

import pytest


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run of a model that is never stopped, made once."""
    from phasefield.io.rundir import open_run
    from phasefield.run import runner
    from tests.reliability.restarts import ALWAYS, MODELS

    made = {}

    def whole(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("whole")
            text, overrides = MODELS[name]
            (folder / "deck.toml").write_text(text)
            made[name] = runner.run(folder / "deck.toml", folder / "run", overrides=(*overrides, *ALWAYS)).path
            assert open_run(made[name]).history.rows > 19  # restarts from step 19
        return made[name]

    return whole


@pytest.fixture
def plating(whole, tmp_path):
    """The same, of plating, cut off after 10 steps; and the whole one."""
    from tests.reliability.restarts import cut

    return cut(whole("plating"), 10, tmp_path / "cut"), whole("plating")
