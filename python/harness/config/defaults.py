"""The defaults: as data, and as the commented file that `harness config init` writes."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    "version": 1,
    "provider": {"adapter": "pattern"},
    "store": {"adapter": "libsql", "url": "file:.harness/harness.db"},
    "run_store": {"adapter": "memory"},
    "cache": {"adapter": "memory"},
    "tools": {"builtin": ["calculator", "todo", "clock", "files"], "files": {"root": "."}},
}
"""What holds where no source says otherwise; the rest are the defaults of the fields."""

_TEXT = """\
# harness.yaml: how harness is put together. It works as it stands.
#
# Later wins: built-in defaults, this file, the environment (HARNESS_PROVIDER__MODEL=…), arguments.
# ${VAR} and ${VAR:-default} are filled in from the environment; $${ stands for ${. Paths are those of the folder
# that harness is started in. `harness config check` explains every mistake; `harness config schema` is for editors.
version: 1

# Who answers. `pattern` needs neither key nor network and is no language model: it follows rules.
provider:
  adapter: pattern
# For a model, replace the two lines above by:
# provider:
#   adapter: openai                 # and every server that speaks its chat completions; or anthropic, gemini, ollama
#   model: gpt-4o-mini
#   api_key: ${OPENAI_API_KEY}
#   base_url: https://api.openai.com/v1
#   timeouts: {connect_s: 10, first_token_s: 60, between_tokens_s: 60, answer_s: 300}

# Where conversations are kept: `libsql` (file:PATH, libsql://…, https://…, ws://…, http://…) or `memory`.
store:
  adapter: libsql
  url: file:.harness/harness.db
#   auth_token: ${LIBSQL_AUTH_TOKEN}

# Where the events of runs are kept; null keeps none.
run_store:
  adapter: memory

# What is not asked twice; null turns it off.
cache:
  adapter: memory
  max_entries: 10000
  max_bytes: 67108864
  default_ttl_s: 3600

# Holds model calls back to a rate; null does not.
limiter: null
# limiter:
#   adapter: token_bucket
#   rate_per_s: 10
#   burst: 20

# Who listens to the events of runs.
sinks: []
# sinks:
#   - adapter: structlog
#     level: info                   # debug, info, warning, error
#     format: auto                  # console on a terminal, else JSON
#     path: .harness/runs.log       # null is stderr
#     content: false                # true writes prompts, answers, tool arguments and results

# What the model may call.
tools:
  builtin: [calculator, todo, clock, files]
  plugins: []                       # tools of installed packages, by name
  modules: []                       # tools of your own: "package.module:attribute"
  files:
    root: .                         # nothing outside this folder can be read

# What a run may do; null means no limit.
policy:
  max_iterations: 10                # most model calls of one run
  max_tool_depth: 3                 # how deep runs may nest
  tool_timeout_s: 30
  run_timeout_s: 600
  max_parallel_tools: 5
  require_json_output: false
  output_retries: 1
  deterministic: false              # send `seed` and temperature 0 on every call
  seed: 0
  allowed_tools: null               # null allows all
  max_input_tokens: null
  max_output_tokens: null
  max_cost_usd: null
  max_tool_calls: null
  fail_fast: false                  # a tool that fails ends the run, instead of telling the model
  no_progress_guard: true           # end a run that repeats itself, after one warning
  max_prompt_chars: 4000000

# How the model is to answer; null leaves a choice to the provider.
options:
  model: null
  temperature: null
  top_p: null
  max_tokens: null
  seed: null
  stop: []
  tool_choice: null
  parallel_tool_calls: null
  response_format: null
  extra: {}

# The system prompt.
system: null

# What of a long conversation the model is shown; null shows all of it.
context: null
# context:
#   max_tokens: 128000              # the model's window, prompt and answer together
#   strategy: sliding_window        # or hierarchical (pinned, recent, important), summarization, semantic
#   reserve_output: 4096            # left to the answer
#   preserve_recent: 8              # messages that come before important ones
#   last_turns: null                # most turns that are looked at
#   last_tokens: null               # most tokens of earlier turns
#   summarize_threshold: 0.75       # how full the window may be before the older half is summarised
#   summary_tokens: 512             # most tokens of a summary
#   summary_model: null             # a cheap model for summaries; `summarizer:` takes a whole provider
#   clear_after_s: null             # seconds of silence after which earlier turns are shown no more
#   tokenizer: o200k_base           # an encoding, a model or the path of a tokenizer.json; by default the model above
"""


def default_yaml() -> str:
    """Returns a commented config file that works as it stands and says what the embedded defaults say."""
    return _TEXT
