//! Muse: `<atem:function_calls><atem:invoke name="f"><atem:parameter name="a">1</atem:parameter></atem:invoke></atem:function_calls>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<atem:function_calls>"],
    call: &["<atem:invoke"],
    call_end: &["</atem:invoke>"],
    parameter: &["<atem:parameter"],
    parameter_end: &["</atem:parameter>"],
    section_end: &["</atem:function_calls>"],
    loose: true,
    ..Tags::PLAIN
};

dialect!(
    MuseAtem, "muse_atem", ["<atem:function_calls>"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "muse_atem",
            "<atem:function_calls>\n<atem:invoke name=\"f\">\n<atem:parameter name=\"a\">1</atem:parameter>\n</atem:invoke>\n</atem:function_calls><|eot|>",
            &[call("f", r#"{"a": 1}"#)],
            "",
        );
    }
}
