//! Bare JSON, in the shapes of the OpenAI, Anthropic and Gemini interfaces: nothing but its keys says that it is a call.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::shape::{machine, object_follows};

dialect!(
    BareJson, "bare_json", ["{"],
    opens: |look, _, before, tools| Ok((before.line || !tools.is_empty()) && object_follows(&look, 0, tools)?),
    machine: |_, _, _| machine(0, &[]),
    shape: |_| true,
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check, check_with};

    #[test]
    fn cases() {
        check(
            "bare_json",
            r#"{"type": "function", "name": "f", "parameters": {"a": 1}}"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "bare_json",
            r#"{"name": "f", "parameters": {"a": 1}}; {"name": "g", "parameters": {}} ok"#,
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            " ok",
        );
        check(
            "bare_json",
            r#"{"tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}}]}"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "bare_json",
            r#"{"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "bare_json",
            r#"{"functionCall": {"name": "f", "args": {"a": 1}}}"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
        check(
            "bare_json",
            r#"{"name": "Bob", "age": 3}"#,
            &[],
            r#"{"name": "Bob", "age": 3}"#,
        );
        check(
            "bare_json",
            r#"{"name": "f", "description": "does", "parameters": {"type": "object", "properties": {}}}"#,
            &[],
            r#"{"name": "f", "description": "does", "parameters": {"type": "object", "properties": {}}}"#,
        );
        check_with(
            "bare_json",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            r#"{"name": "z", "parameters": {"a": 1}}"#,
            &[],
            r#"{"name": "z", "parameters": {"a": 1}}"#,
        );
        check_with(
            "bare_json",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            r#"So {"name": "f", "parameters": {"a": 1}}"#,
            &[call("f", r#"{"a": 1}"#)],
            "So ",
        );
        check(
            "bare_json",
            r#"So {"name": "f", "parameters": {"a": 1}}"#,
            &[],
            r#"So {"name": "f", "parameters": {"a": 1}}"#,
        );
    }
}
