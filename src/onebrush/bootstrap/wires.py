"""The wires by name."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.engine.ports import Wire
from onebrush.wires.ark.outbound import ArkOutbound
from onebrush.wires.dashscope.outbound import DashScopeOutbound
from onebrush.wires.gemini.outbound import GeminiOutbound
from onebrush.wires.openai.outbound import OpenAIOutbound

WIRES: Mapping[str, Wire] = {
    "openai": OpenAIOutbound(),
    "gemini": GeminiOutbound(),
    "ark": ArkOutbound(),
    "dashscope": DashScopeOutbound(),
}
