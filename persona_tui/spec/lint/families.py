"""Which tokens end a turn of which family of models.

From the templates and stop lists that Ollama 0.32.15 carries (`template/*.json`, `model/renderers`) and the models'
own tokenizer files. Only models of Ollama's library are placed in a family: what others publish under a family's name
may have been trained on another one's template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from persona_tui.spec.names import ModelName


@dataclass(frozen=True, slots=True)
class Family:
    """Models that share a template. `ends` are the tokens to stop at, `others` the rest of its own."""

    name: str
    models: str
    ends: tuple[str, ...]
    others: tuple[str, ...] = ()

    @property
    def tokens(self) -> frozenset[str]:
        return frozenset(self.ends + self.others)


_CHATML = ("<|im_end|>", "<|endoftext|>"), ("<|im_start|>",)
_DEEPSEEK = (
    ("<\uff5cend▁of▁sentence\uff5c>",),
    ("<\uff5cUser\uff5c>", "<\uff5cAssistant\uff5c>", "<\uff5cbegin▁of▁sentence\uff5c>", "<|end▁of▁sentence|>"),
)

FAMILIES = (
    Family("Qwen", r"qwen.*|qwq.*", *_CHATML),
    Family("SmolLM", r"smollm.*", *_CHATML),
    Family(
        "Gemma", r"gemma[23]?|gemma3n|codegemma|shieldgemma", ("<end_of_turn>",), ("<start_of_turn>", "<eos>", "<bos>")
    ),
    Family("Gemma 4", r"gemma4.*", ("<turn|>",), ("<|turn>", "<eos>", "<bos>")),
    Family(
        "Llama 3",
        r"llama3(?:\.\d)?|llama3-gradient",
        ("<|eot_id|>",),
        ("<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|end_of_text|>", "<|begin_of_text|>"),
    ),
    Family("Llama 2", r"llama2|codellama", ("</s>", "[INST]", "[/INST]"), ("<<SYS>>", "<</SYS>>", "<s>")),
    Family(
        "Mistral",
        r"mistral|mistral-(?:small|nemo|large|medium).*|mixtral|devstral.*|magistral|codestral|ministral.*",
        ("</s>", "[INST]"),
        ("[/INST]", "<s>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CALLS]"),
    ),
    Family("DeepSeek", r"deepseek-(?:r1|v2|v2\.5|v3|v3\.1|v3\.2|coder-v2|llm)|deepcoder|deepscaler", *_DEEPSEEK),
    Family(
        "Phi 3", r"phi3|phi3\.5|phi4-mini.*", ("<|end|>",), ("<|user|>", "<|assistant|>", "<|system|>", "<|endoftext|>")
    ),
    Family("Phi 4", r"phi4|phi4-reasoning", ("<|im_end|>",), ("<|im_start|>", "<|im_sep|>", "<|endoftext|>")),
    Family(
        "Granite",
        r"granite3.*|granite4.*",
        ("<|end_of_text|>",),
        ("<|start_of_role|>", "<|end_of_role|>"),
    ),
    Family(
        "gpt-oss",
        r"gpt-oss.*",
        ("<|return|>", "<|call|>"),
        ("<|end|>", "<|start|>", "<|message|>", "<|channel|>", "<|endoftext|>"),
    ),
    Family(
        "Command",
        r"command-r.*|command-a.*|aya(?:-expanse)?",
        ("<|END_OF_TURN_TOKEN|>",),
        ("<|START_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>", "<|SYSTEM_TOKEN|>"),
    ),
)

_KNOWN = frozenset(token for family in FAMILIES for token in family.tokens)


def family_of(model: str) -> Family | None:
    """Return the family of a model of Ollama's library; None for any other, and for what is no name."""
    try:
        name = ModelName.parse(model)
    except ValueError:
        return None
    if (name.host, name.namespace) != (ModelName.HOST, ModelName.NAMESPACE):
        return None
    return next((family for family in FAMILIES if re.fullmatch(family.models, name.model.lower())), None)


def owners(token: str) -> tuple[str, ...]:
    """Return the names of the families that use `token`; empty when none here does."""
    return tuple(family.name for family in FAMILIES if token in family.tokens) if token in _KNOWN else ()
