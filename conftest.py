"""What has to be so before anything of the house is loaded, in every worker that tests it."""

import gc

from slipcover import pytest_plugin

gc.disable()
"""Until everything is collected: nothing of it is garbage. `tests/conftest.py` lets it look again."""

if counting := pytest_plugin._slipcover_instance:
    counting.d_miss_threshold = 10_000
    """What lines are counted by stays in the code for longer: to take it out as often as slipcover does by itself costs
    an eighth of the time. It tells its workers no `--threshold`."""
