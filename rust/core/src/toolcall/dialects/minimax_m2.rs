//! MiniMax M2: `<minimax:tool_call><invoke name="f"><parameter name="a">1</parameter></invoke></minimax:tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<minimax:tool_call>"],
    section_end: &["</minimax:tool_call>"],
    ..Tags::PLAIN
};

dialect!(
    MinimaxM2, "minimax_m2", ["<minimax:tool_call>"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check_with};

    #[test]
    fn cases() {
        check_with(
            "minimax_m2",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "<minimax:tool_call>\n<invoke name=\"f\">\n<parameter name=\"a\">1</parameter>\n</invoke>\n</minimax:tool_call>",
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
