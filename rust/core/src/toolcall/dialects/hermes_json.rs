//! Hermes, Qwen 2.5 and 3, Granite 4, Ernie: `<tool_call>{"name": ..., "arguments": {...}}</tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    HermesJson, "hermes_json", ["<tool_call>"],
    opens: |look, opener, _, _| {
        let at = look.skip_space(opener);
        Ok(look.byte(at)? == Some(b'{') || look.starts(at, "```")?)
    },
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["</tool_call>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "hermes_json",
            "Sure.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>",
            &[call("f", r#"{"a": 1}"#)],
            "Sure.\n",
        );
        check(
            "hermes_json",
            r#"<tool_call>{"name": "f", "arguments": {"a": 1}</tool_call><tool_call>{"name": "g", "arguments": {}}</tool_call>"#,
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "",
        );
        check(
            "hermes_json",
            r#"<tool_call>{"name": "f", "arguments": {"a": "x"#,
            &[call("f", r#"{"a": "x"}"#)],
            "",
        );
        check(
            "hermes_json",
            "write <tool_call> first",
            &[],
            "write <tool_call> first",
        );
        check(
            "hermes_json",
            r#"as `<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>` says"#,
            &[],
            r#"as `<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>` says"#,
        );
    }
}
