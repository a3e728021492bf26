"""Scenarios: the whole system, black box. One system a module (fixture `system`), namespaces and names of their own a test."""
import os, sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from system import System


@pytest.fixture(scope='module')
def system(tmp_path_factory):
    with System(tmp_path_factory.mktemp('runnel')) as s:
        yield s


@pytest.fixture
def own_system(tmp_path):
    """A system for one test that kills, breaks or floods things."""
    with System(tmp_path / 'runnel') as s:
        yield s
