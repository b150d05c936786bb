from collections.abc import Iterator

import pytest

from tests.sandbox import Sandbox


@pytest.fixture(scope="module")
def trained(
    trained_template: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    """Database with a champion and its forecasts that the tests of a module share."""
    copy = trained_template.copy(tmp_path_factory.mktemp("trained"))
    yield copy
    copy.close()
