//! gpt-oss behind another chat template: `<tool_call>assistant to=functions.f json`, and the arguments as JSON.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::named::{Marks, NamedCall, name_end};

/// The first word is the name.
fn first(text: &str) -> (&str, Option<&str>) {
    (text.split_whitespace().next().unwrap_or_default(), None)
}

static MARKS: Marks = Marks {
    after_name: &["{", "</tool_call>"],
    between: &[],
    closers: &["</tool_call>"],
    name: first,
};

dialect!(
    GptossToolCall, "gptoss_tool_call", ["<tool_call>assistant to=", "<tool_call>to="],
    opens: |look, opener, _, _| Ok(name_end(&look, opener, &MARKS)?.is_some()),
    machine: |_, opener, _| NamedCall::boxed(&MARKS, opener),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "gptoss_tool_call",
            "a\n<tool_call>assistant to=functions.f json\n{\"a\": 1}\n</tool_call>",
            &[call("f", r#"{"a": 1}"#)],
            "a\n",
        );
    }
}
