//! Hermes, Qwen 2.5 and 3, Granite 4, Ernie: `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`.

use crate::toolcall::dialect::{Before, Dialect, Look, Machine, Need};
use crate::toolcall::family::json::{Form, JsonCalls};
use crate::toolcall::tools::Tools;

pub(crate) struct HermesJson;

impl Dialect for HermesJson {
    fn name(&self) -> &'static str {
        "hermes_json"
    }

    fn openers(&self) -> &'static [&'static str] {
        &["<tool_call>"]
    }

    fn opens(&self, look: Look<'_>, opener: usize, _: Before, _: &Tools) -> Need<bool> {
        Ok(look.byte(look.skip_space(opener))? == Some(b'{'))
    }

    fn machine(&self, opener: usize, _: Before) -> Box<dyn Machine> {
        JsonCalls::boxed(Form::marked(&["</tool_call>"]), opener)
    }
}

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn calls() {
        check(
            "hermes_json",
            "Sure.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>",
            &[call("f", r#"{"a": 1}"#)],
            "Sure.\n",
        );
        // A bracket is missing, and the next call stands right behind.
        check(
            "hermes_json",
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}</tool_call><tool_call>{\"name\": \"g\", \"arguments\": {}}</tool_call>",
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "",
        );
        // The text ends inside a string.
        check(
            "hermes_json",
            "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"x",
            &[call("f", r#"{"a": "x"}"#)],
            "",
        );
    }

    #[test]
    fn no_calls() {
        check(
            "hermes_json",
            "write <tool_call> first",
            &[],
            "write <tool_call> first",
        );
        check(
            "hermes_json",
            "as `<tool_call>{\"name\": \"f\"}</tool_call>` says",
            &[],
            "as `<tool_call>{\"name\": \"f\"}</tool_call>` says",
        );
    }
}
