//! LongCat: `<longcat_tool_call>{"name": ..., "arguments": {...}}</longcat_tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::json::{Form, JsonCalls};

dialect!(
    Longcat, "longcat", ["<longcat_tool_call>"],
    opens: |look, opener, _, _| Ok(matches!(look.byte(look.skip_space(opener))?, Some(b'{' | b'['))),
    machine: |_, opener, _| JsonCalls::boxed(Form::marked(&["</longcat_tool_call>"]), opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "longcat",
            "a\n<longcat_tool_call>{\"name\": \"f\", \"arguments\": {\"a\": 1}}</longcat_tool_call>\nb",
            &[call("f", r#"{"a": 1}"#)],
            "a\n\nb",
        );
    }
}
