//! Step3: `<｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="f"><steptml:parameter name="a">1</steptml:parameter></steptml:invoke><｜tool_call_end｜>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<｜tool_call_begin｜>function<｜tool_sep｜>"],
    call: &["<steptml:invoke"],
    call_end: &["</steptml:invoke>"],
    parameter: &["<steptml:parameter"],
    parameter_end: &["</steptml:parameter>"],
    section_end: &["<｜tool_call_end｜>"],
    loose: true,
    ..Tags::PLAIN
};

dialect!(
    Step3, "step3", ["<｜tool_call_begin｜>function<｜tool_sep｜>", "<steptml:invoke"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "step3",
            r#"<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="f"><steptml:parameter name="s">a < 5</steptml:parameter></steptml:invoke><｜tool_call_end｜><｜tool_calls_end｜>"#,
            &[call("f", r#"{"s": "a < 5"}"#)],
            "",
        );
    }
}
