//! Granite 20B: `<function_call> {"name": ..., "arguments": {...}}`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Granite20bFc, "granite_20b_fc", ["<function_call>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["</function_call>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "granite_20b_fc",
            "Hm.\n<function_call> {\"name\": \"f\", \"arguments\": {\"a\": 1}}",
            &[call("f", r#"{"a": 1}"#)],
            "Hm.\n",
        );
        check(
            "granite_20b_fc",
            r#"<function_call> {"name": "f", "arguments": {"a": 1}} <function_call> {"name": "f", "arguments": {"a": 1}}"#,
            &[call("f", r#"{"a": 1}"#), call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
