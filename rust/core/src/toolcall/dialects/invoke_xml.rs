//! Claude-like XML: `<tool_calls><invoke name="f"><parameter name="a">1</parameter></invoke></tool_calls>`, or without a frame.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<tool_calls>", "<function_calls>", "<tool_call>"],
    section_end: &["</tool_calls>", "</function_calls>", "</tool_call>"],
    ..Tags::PLAIN
};

dialect!(
    InvokeXml, "invoke_xml", ["<tool_calls>", "<function_calls>", "<tool_call>", "<invoke name="],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "invoke_xml",
            r#"<tool_calls><invoke name="f"><parameter name="x" string="true">42</parameter><parameter name="y" string="false">42</parameter></invoke></tool_calls>"#,
            &[call("f", r#"{"x": "42", "y": 42}"#)],
            "",
        );
        check(
            "invoke_xml",
            r#"a <invoke name="f"><parameter name="a">1</parameter></invoke> b"#,
            &[call("f", r#"{"a": 1}"#)],
            "a  b",
        );
    }
}
