"""What every `Tool` must keep."""

from __future__ import annotations

import asyncio
import copy
import gc
import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import orjson
import pytest

from harness.domain.errors import ToolError
from harness.domain.failures import ToolErrorKind
from harness.ports.tool import RunContext, Tool


class ToolContract:
    """Derive from it and give the fixtures `tool`, `arguments` (a call that succeeds) and `context`.

    A tool whose parameters can be got wrong gives `bad_arguments` too.
    """

    @pytest.fixture
    def bad_arguments(self) -> Mapping[str, Any] | None:
        """Arguments that the tool must refuse; None where it takes anything."""
        return None

    async def test_the_spec_is_what_a_model_can_be_told(self, tool: Tool) -> None:
        spec = tool.spec
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", spec.name)
        assert spec.description.strip(), "a model needs to be told what the tool does"
        assert spec.parameters["type"] == "object"
        jsonschema_rs.meta.validate(dict(spec.parameters))
        orjson.dumps(dict(spec.parameters))
        assert spec.timeout_s is None or spec.timeout_s > 0

    async def test_the_spec_stays_the_same(self, tool: Tool, arguments: Mapping[str, Any], context: RunContext) -> None:
        before = copy.deepcopy(tool.spec)
        await tool.invoke(arguments, context)
        assert tool.spec == before

    async def test_good_arguments_fit_the_schema_and_give_what_json_can_hold(
        self, tool: Tool, arguments: Mapping[str, Any], context: RunContext
    ) -> None:
        jsonschema_rs.validate(dict(tool.spec.parameters), dict(arguments))
        value = await tool.invoke(arguments, context)
        assert isinstance(value, str) or orjson.dumps(value)

    async def test_arguments_are_left_as_they_are(
        self, tool: Tool, arguments: Mapping[str, Any], context: RunContext
    ) -> None:
        given = dict(arguments)
        before = copy.deepcopy(given)
        await tool.invoke(given, context)
        assert given == before

    async def test_bad_arguments_are_refused_with_a_reason(
        self, tool: Tool, bad_arguments: Mapping[str, Any] | None, context: RunContext
    ) -> None:
        if bad_arguments is None:
            pytest.skip("this tool takes anything")
        with pytest.raises(ToolError) as caught:
            await tool.invoke(bad_arguments, context)
        assert caught.value.kind is ToolErrorKind.INVALID_ARGUMENTS
        assert caught.value.message
        assert len(caught.value.message) < 2_000

    async def test_it_can_be_called_side_by_side(
        self, tool: Tool, arguments: Mapping[str, Any], context: RunContext
    ) -> None:
        await asyncio.gather(*(tool.invoke(arguments, context) for _ in range(5)))

    async def test_cancelling_at_any_await_leaves_no_task(
        self, tool: Tool, arguments: Mapping[str, Any], context: RunContext
    ) -> None:
        for steps in range(8):
            call: asyncio.Future[Any] = asyncio.ensure_future(tool.invoke(arguments, context))
            for _ in range(steps):
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.wait([call])
            assert call.cancelled() or call.exception() is None
        gc.collect()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await tool.invoke(arguments, context)
