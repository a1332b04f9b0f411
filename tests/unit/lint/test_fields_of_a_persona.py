"""Rules about everything but constraints: names, sampling, prompt, secrets."""

import pytest

from persona_tui.spec.lint import lint_persona, sample

TOKEN = "a1B2" * 12  # the shape of a secret, not one


def severity(rule: str, fields: dict, origin: str = "file") -> str | None:
    """Return the severity of what `rule` finds in the sample persona with `fields`, None for nothing."""
    found = lint_persona(sample(fields), origin=origin)
    return next((finding.severity.value for finding in found if finding.rule == rule), None)


def fields_of(rule: str, fields: dict) -> list[str]:
    return [finding.field for finding in lint_persona(sample(fields)) if finding.rule == rule]


@pytest.mark.parametrize(
    ("name", "base", "expected"),
    [
        ("my-go-q3", "gemma3:12b", "info"),
        ("my-go-q3", "qwen3.5:9b", "info"),
        ("my-go-q3-14b", "qwen3:8b", "info"),
        ("my-go-q3", "qwen3:8b", None),
        ("my-go-q3-14b", "qwen3:14b", None),
        ("my-go-q3", "qwen3:8b-q8_0", None),
        ("my-go-q3", "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M", None),
        ("my-q3-reviewer", "gemma3:12b", None),
        ("my-go", "gemma3:12b", None),
        ("my-go-", "gemma3:12b", None),
    ],
)
def test_a_name_that_says_another_base_is_an_info(name, base, expected):
    assert severity("N001", {"name": name, "preferred_models": [base]}) == expected


def test_what_is_not_carried_out_yet_is_said():
    variant = {"name": "my-python-cli-q25c14", "model": "qwen2.5-coder:14b"}
    assert fields_of("F002", {"variants": [variant], "extends": "team-python"}) == ["extends", "variants"]


def test_a_format_that_another_persona_may_have_is_missing_all_the_same():
    assert fields_of("P019", {"extends": "team-python", "output_format": None}) == ["output_format"]


def test_the_names_of_variants_are_looked_at_too():
    variant = {"name": "my-go-g3", "model": "qwen3:14b"}
    assert fields_of("N001", {"variants": [variant]}) == ["variants[0].name"]


def test_an_imported_persona_may_be_called_anything():
    assert severity("N002", {"name": "architect"}, "draft") == "info"
    assert severity("N002", {"name": "architect"}, "imported") is None


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("qwen3 8b", "error"),
        ("a/b/c/d", "error"),
        ("qwen3:cloud", "error"),
        ("./model.gguf", "warning"),
        ("/models/qwen.GGUF", "warning"),
        ("hf.co/x/y:Q4", None),
        ({"provider": "openai", "model": "gpt 4 o"}, None),
    ],
)
def test_a_model_that_ollama_refuses_is_an_error(model, expected):
    assert severity("K001", {"preferred_models": [model]}) == expected


def test_an_unknown_key_is_a_warning_with_the_nearest_known_one():
    persona = sample({"temprature": 0.1, "constraints": [{"text": "MUST cite the source", "ident": "a"}]})
    found = {f.field: f.message for f in lint_persona(persona) if f.rule == "U001"}
    assert "did you mean temperature?" in found["temprature"]
    assert "constraints[0].ident" in found


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"temperature": -0.1}, "temperature"),
        ({"preferred_models": [{"model": "qwen3:8b", "temperature": 2.1}]}, "preferred_models[0].temperature"),
        ({"parameters": {"temperature": 5}}, "parameters.temperature"),
        (
            {"variants": [{"name": "my-x", "model": "qwen3:14b", "parameters": {"temperature": 3.0}}]},
            "variants[0].parameters.temperature",
        ),
    ],
)
def test_a_temperature_out_of_range_is_an_error_wherever_it_stands(fields, field):
    assert fields_of("T001", fields) == [field]


@pytest.mark.parametrize("value", [0, 2, 0.1, "creative"])
def test_a_temperature_within_the_range_is_none(value):
    assert severity("T001", {"temperature": value}) is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"domain": "classification", "temperature": 0.31}, "warning"),
        ({"domain": "classification", "temperature": 0.3}, None),
        ({"domain": "other", "role": "Extracts dates from letters", "temperature": 0.7}, "warning"),
        ({"domain": "writing", "role": "Writer of product labels", "temperature": 0.7}, None),
    ],
)
def test_a_warm_classifier_is_a_warning(fields, expected):
    assert severity("T003", fields) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.7, "warning"), (0.1, None)])
def test_a_second_temperature_is_a_warning_where_it_differs(value, expected):
    assert severity("T004", {"temperature": 0.1, "parameters": {"temperature": value}}) == expected


@pytest.mark.parametrize(
    ("base", "stops", "expected"),
    [
        ("gemma3:12b", ["<|im_end|>"], "error"),
        ("deepcoder:14b", ["<|im_end|>", "<|endoftext|>"], "error"),
        ("deepseek-r1:14b", ["<|im_end|>"], "error"),
        ("deepseek-coder-v2:16b", ["<|im_end|>"], "error"),
        ("llama3.1:8b", ["</s>"], "error"),
        ("mistral-nemo", ["<|eot_id|>"], "error"),
        ("qwen3:8b", ["<end_of_turn>"], "error"),
        ("qwen3:8b", ["<|im_end|>", "<end_of_turn>"], "warning"),
        ("qwen3:8b", ["<|im_end|>", "<|endoftext|>", "<|im_start|>"], None),
        ("qwen2.5-coder:14b", ["<|endoftext|>"], None),
        ("gemma3:12b", ["<end_of_turn>"], None),
        ("llama3.1:8b", ["<|eot_id|>", "<|end_of_text|>"], None),
        ("mistral:7b", ["[INST]", "[/INST]"], None),
        ("phi4:14b", ["<|im_end|>"], None),
        ("phi4-mini", ["<|end|>"], None),
        ("granite4", ["<|end_of_text|>"], None),
        ("smollm2", ["<|im_end|>"], None),
        ("gpt-oss:20b", ["<|return|>"], None),
        ("gemma3:12b", ["\nUser:", "###"], None),
        ("dolphin-mistral", ["<|im_end|>"], None),
        ("someone/gemma3", ["<|im_end|>"], None),
        ("hf.co/x/gemma-3-GGUF", ["<|im_end|>"], None),
        ("my-own-thing", ["<|im_end|>"], None),
    ],
)
def test_a_stop_token_of_another_family(base, stops, expected):
    assert severity("M001", {"preferred_models": [base], "parameters": {"stop": stops}}) == expected


def test_a_foreign_stop_token_is_named_with_the_base_s_own():
    persona = sample({"preferred_models": ["gemma3:12b"], "parameters": {"stop": ["<|im_end|>"]}})
    (message,) = [f.message for f in lint_persona(persona) if f.rule == "M001"]
    assert "<|im_end|>" in message
    assert "<end_of_turn>" in message


def test_a_variant_on_another_family_gets_the_persona_s_stops():
    variant = {"name": "my-x-g3", "model": "gemma3:12b"}
    fields = {"parameters": {"stop": ["<|im_end|>"]}, "variants": [variant]}
    assert fields_of("M001", fields) == ["variants[0].parameters.stop"]


@pytest.mark.parametrize(
    ("parameters", "rule", "expected"),
    [
        ({"num_ctx": "8k"}, "O001", "error"),
        ({"nun_ctx": 8192}, "O001", "error"),
        ({"stop": "<|im_end|>"}, "O001", "error"),
        ({"think": False}, "O001", "error"),
        ({"top_p": 90}, "O002", "warning"),
        ({"mirostat": 2}, "O002", "warning"),
        ({"num_ctx": 16384, "top_p": 0.9, "stop": ["<|im_end|>"]}, "O001", None),
        ({"num_ctx": 16384, "top_p": 0.9, "stop": ["<|im_end|>"]}, "O002", None),
    ],
)
def test_parameters(parameters, rule, expected):
    assert severity(rule, {"parameters": parameters}) == expected


@pytest.mark.parametrize(
    ("output_format", "origin", "expected"),
    [
        (None, "draft", "error"),
        (None, "file", "warning"),
        (None, "imported", "info"),
        ("code", "draft", "error"),
        ("JSON.", "imported", "warning"),
        ("One JSON object", "draft", None),
        ("只输出一个对象", "draft", None),
    ],
)
def test_an_output_format_that_says_nothing(output_format, origin, expected):
    assert severity("P019", {"output_format": output_format}, origin) == expected


@pytest.mark.parametrize(
    "fields", [{"tier": "bare", "constraints": []}, {"system_prompt": "You review."}, {"format": "json"}]
)
def test_an_output_format_is_not_needed_everywhere(fields):
    assert severity("P019", {"output_format": None, **fields}, "draft") is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"system_prompt": " "}, "warning"),
        ({"tier": "bare"}, "warning"),
        ({"tier": "bare", "host_tool": "aider"}, "info"),
        ({"tier": "bare", "system_prompt": "You review."}, "warning"),
        ({"tier": "bare", "constraints": []}, None),
        ({"system_prompt": "You review."}, None),
    ],
)
def test_a_tier_that_does_not_fit_the_prompt(fields, expected):
    assert severity("M006", fields) == expected


def test_rules_beside_a_prompt_of_its_own_are_seen_by_nobody():
    prompt = "You review.\n- MUST cite the source"
    fields = {"system_prompt": prompt, "constraints": ["MUST cite the source", "MUST name the year"]}
    assert fields_of("P026", fields) == ["constraints[1]"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("Assistant", "info"),
        ("You are a helpful AI assistant.", "info"),
        ("Assistant for tax questions", None),
        ("Übersetzer", None),
    ],
)
def test_an_empty_role_is_an_info(role, expected):
    assert severity("E001", {"role": role}) == expected


@pytest.mark.parametrize(
    ("fields", "field", "expected"),
    [
        ({"think": False}, "think", "info"),
        ({"format": "json"}, "format", "info"),
        ({"keep_alive": "5m"}, "keep_alive", "info"),
        ({"system_prompt": 'Use """\nfor texts'}, "system_prompt", "warning"),
        ({"examples": [{"user": 'a"""\nb', "assistant": "c"}]}, "examples", "warning"),
        ({"template": "{{ .Prompt }}\u200b"}, "template", "warning"),
        ({"parameters": {"stop": ['"""\n']}}, "parameters.stop", "warning"),
    ],
)
def test_what_a_modelfile_cannot_hold(fields, field, expected):
    assert severity("F001", fields) == expected
    assert fields_of("F001", fields) == [field]


def test_a_persona_without_a_base_has_no_modelfile_to_lose_anything():
    models = [{"provider": "openai", "model": "qwen3"}]
    assert severity("F001", {"preferred_models": models, "system_prompt": 'Use """\nfor texts'}) is None


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "ABCDEFGH23456789",
        "ghp_" + TOKEN[:36],
        "github_pat_" + TOKEN + TOKEN,
        "glpat-" + TOKEN[:20],
        "sk-" + TOKEN,
        "sk-proj-" + TOKEN,
        "sk-ant-" + TOKEN,
        "xoxb-" + TOKEN,
        "https://hooks.slack.com/services/T000/B000/" + TOKEN,
        "AIza" + TOKEN[:35],
        "sk_live_" + TOKEN,
        "hf_" + TOKEN,
        f"eyJ{TOKEN}.eyJ{TOKEN}.{TOKEN}",
        "-----BEGIN RSA " + "PRIVATE KEY-----\n" + TOKEN,
        "postgres://app:" + "Tr0ub4dor@db.example.net/x",
        "password = " + "Tr0ub4dor",
        'api_key: "' + TOKEN + '"',
        "Password: " + "Tr0ub4dor&3",
    ],
    ids=lambda text: text[:12],
)
def test_a_secret_is_an_error_and_is_not_repeated(text):
    found = [f for f in lint_persona(sample({"note": f"The way in: {text}"})) if f.rule == "S001"]
    assert [(f.severity.value, f.field) for f in found] == [("error", "note")]
    assert TOKEN[4:12] not in found[0].message
    assert "ub4dor" not in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        "MUST flag keys that begin with AKIA, ghp_ or sk-",
        "MUST flag -----BEGIN PRIVATE KEY----- blocks",
        'MUST NOT write password = "changeme" in examples',
        "MUST read password=os.environ['DB_PASSWORD_1'] at start-up",
        "MUST pass api_key=settings.api_key2 to the client",
        "MUST set password: argon2id-hashed values only",
        "MUST connect to postgres://user:password@localhost/app in tests",
        "MUST connect to postgres://app:${DB_PASSWORD}@db/app",
        "MUST name branches sk-feature-branch-with-a-long-name",
        "MUST treat secret_key: str as required",
        "MUST hash each password with PBKDF2-HMAC-SHA256",
    ],
)
def test_a_rule_about_secrets_holds_none(text):
    assert severity("S001", {"constraints": [text]}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reviewer\u200b of SQL", "warning"),
        ("Reviewer \u202eof SQL", "warning"),
        ("Reviewer\u00ad of SQL", "warning"),
        ("Reviewer\U000e0041 of SQL", "warning"),
        ("Re\u200dviewer of SQL", "warning"),
        ("Reviewer of SQL 👩\u200d💻", None),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None),
        ("\u05e2\u05d5\u05e8\u05da \u200f\u05d8\u05e7\u05e1\u05d8", None),
        ("Relecteur de SQL\u00a0: rapide", None),
    ],
    ids=ascii,
)
def test_hidden_characters(text, expected):
    assert severity("S002", {"role": text}) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"role": "Agent of <your company>"}, "warning"),
        ({"role": "TODO"}, "warning"),
        ({"output_format": "TODO: describe"}, "warning"),
        ({"output_format": "An answer in {{language}}, nothing else"}, "warning"),
        ({"description": "Lorem ipsum dolor", "note": "lorem ipsum"}, None),
        ({"description": "A lorem ipsum text"}, "warning"),
        ({"constraints": ["MUST flag every TODO with its line"]}, None),
        ({"constraints": ["MUST NOT leave placeholders like [Your Name]"]}, None),
        ({"constraints": ["MUST write `{{name}}` for the reader's name"]}, None),
        ({"constraints": ["MUST quote {{ .Values.image }}"]}, None),
        ({"role": "Vue engineer", "constraints": ["MUST bind text with {{message}}"]}, None),
        ({"template": "{{prompt}}"}, None),
    ],
)
def test_placeholders(fields, expected):
    assert severity("S003", fields) == expected
