import pytest
from tests.engine.test_recovery_gaps import *
@pytest.mark.anyio
async def test_x(make_picture):
    ask = an_edit(make_picture, asynchronous=True)
    first=await killed(a_bench(**EDITS), ask, BeginGeneration)
    print(first.stores.inputs.files.keys(), first.record.ask)
    second = another(first, painted(make_picture()), **EDITS)
    r=await resumed(second)
    print(r.failures[0].error.message)
    assert 0
