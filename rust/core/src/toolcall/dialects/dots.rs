//! dots: `<dots_function_call><invoke name="f"><parameter name="a">1</parameter></invoke></dots_function_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<dots_function_call>"],
    section_end: &["</dots_function_call>"],
    ..Tags::PLAIN
};

dialect!(
    Dots, "dots", ["<dots_function_call>"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check_with};

    #[test]
    fn cases() {
        check_with(
            "dots",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            r#"ok<dots_function_call><invoke name="f"><parameter name="a">1</parameter></invoke></dots_function_call>"#,
            &[call("f", r#"{"a": 1}"#)],
            "ok",
        );
    }
}
