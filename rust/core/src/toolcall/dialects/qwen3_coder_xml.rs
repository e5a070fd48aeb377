//! Qwen3-Coder, Nemotron 3, Step 3.5, MiMo: `<tool_call><function=f><parameter=a>1</parameter></function></tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};
use crate::toolcall::typed::Untyped;

static TAGS: Tags = Tags {
    section: &["<tool_call>"],
    call: &["<function"],
    call_end: &["</function>"],
    section_end: &["</tool_call>"],
    loose: true,
    lines: true,
    untyped: Untyped::Text,
    ..Tags::PLAIN
};

dialect!(
    Qwen3CoderXml, "qwen3_coder_xml", ["<tool_call>", "<function="],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check, check_with};

    #[test]
    fn cases() {
        check_with(
            "qwen3_coder_xml",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n<parameter=s>\n2\n</parameter>\n</function>\n</tool_call>",
            &[call("f", r#"{"a": 1, "s": "2"}"#)],
            "",
        );
        check(
            "qwen3_coder_xml",
            "<function=f><parameter=s>a <b> c</parameter></function>",
            &[call("f", r#"{"s": "a <b> c"}"#)],
            "",
        );
        check(
            "qwen3_coder_xml",
            "<tool_call><function=f><parameter=s>x",
            &[call("f", r#"{"s": "x"}"#)],
            "",
        );
    }
}
