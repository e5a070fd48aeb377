//! PLaMo 3: `<|plamo:begin_tool_name:plamo|>f<|plamo:end_tool_name:plamo|><|plamo:begin_tool_arguments:plamo|>...`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end, plain};

static MARKS: Marks = Marks {
    after_name: &["<|plamo:end_tool_name:plamo|>", ""],
    between: &[
        "<|plamo:end_tool_name:plamo|>",
        "<|plamo:begin_tool_arguments:plamo|>",
        "<|plamo:constrain|>json",
        "<|plamo:msg|>",
    ],
    closers: &[
        "<|plamo:end_tool_arguments:plamo|>",
        "<|plamo:end_tool_request:plamo|>",
    ],
    name: plain,
};

dialect!(
    Plamo3, "plamo3", ["<|plamo:begin_tool_request:plamo|><|plamo:begin_tool_name:plamo|>", "<|plamo:begin_tool_name:plamo|>"],
    opens: |look, opener, _, _| Ok(name_end(&look, look.skip_space(opener), &MARKS)?.is_some()),
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "plamo3",
            r#"<|plamo:begin_tool_requests:plamo|><|plamo:begin_tool_request:plamo|><|plamo:begin_tool_name:plamo|>f<|plamo:end_tool_name:plamo|><|plamo:begin_tool_arguments:plamo|><|plamo:constrain|>json<|plamo:msg|>{"a": 1}<|plamo:end_tool_arguments:plamo|><|plamo:end_tool_request:plamo|><|plamo:end_tool_requests:plamo|>"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
