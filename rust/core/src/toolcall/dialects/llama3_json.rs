//! Llama 3.1 to 4: `<|python_tag|>{"name": ..., "parameters": {...}}; {...}`; bare JSON too.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};
use crate::toolcall::family::pythonic::{Form as PythonForm, PythonCalls, calls_follow};
use crate::toolcall::family::shape::{machine, object_follows};

static TAG: &str = "<|python_tag|>";

dialect!(
    Llama3Json, "llama3_json", ["<|python_tag|>", "{"],
    opens: |look, opener, before, tools| {
        if opener == TAG.len() {
            let json = matches!(look.byte(look.skip_space(opener))?, Some(b'{'));
            Ok(json || calls_follow(&look, opener)?)
        } else {
            Ok((before.line || !tools.is_empty()) && object_follows(&look, 0, tools)?)
        }
    },
    machine: |look, opener, _| {
        if opener != TAG.len() {
            machine(0, &[])
        } else if look.byte(look.skip_space(opener)) == Ok(Some(b'{')) {
            JsonCalls::boxed(Form::marked(&["<|eom_id|>"]), opener)
        } else {
            PythonCalls::boxed(PythonForm::marked(&["<|eom_id|>"]), opener)
        }
    },
    shape: |opener| opener != TAG.len(),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "llama3_json",
            r#"a <|python_tag|>{"name": "f", "parameters": {"a": 1}};{"name": "g", "parameters": {}}"#,
            &[call("f", r#"{"a": 1}"#), call("g", "{}")],
            "a ",
        );
        check(
            "llama3_json",
            r#"<|python_tag|>{"name": "f", "parameters": {"a": 1}}<|python_tag|>{"name": "f", "parameters": {"a": 1}}"#,
            &[call("f", r#"{"a": 1}"#), call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
