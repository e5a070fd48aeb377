//! MiniCPM 5: `<function name="f"><param name="a">1</param></function>`; values may be CDATA.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    call: &["<function"],
    call_end: &["</function>"],
    parameter: &["<param"],
    parameter_end: &["</param>"],
    drop_unknown: true,
    data: true,
    ..Tags::PLAIN
};

dialect!(
    Minicpm5Xml, "minicpm5_xml", ["<function name="],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check_with};

    #[test]
    fn cases() {
        check_with(
            "minicpm5_xml",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            r#"<function name="f"><param name="a">1</param><param name="s"><![CDATA[<b> </param>]]></param></function>"#,
            &[call("f", r#"{"a": 1, "s": "<b> </param>"}"#)],
            "",
        );
        check_with(
            "minicpm5_xml",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            r#"<function name="f"><param name="a">1</param><param name="z">1</param></function>"#,
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
