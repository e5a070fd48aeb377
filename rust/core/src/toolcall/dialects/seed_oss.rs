//! Seed-OSS: `<seed:tool_call><function=f><parameter=a>1</parameter></function></seed:tool_call>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};
use crate::toolcall::typed::Untyped;

static TAGS: Tags = Tags {
    section: &["<seed:tool_call>"],
    call: &["<function"],
    call_end: &["</function>"],
    section_end: &["</seed:tool_call>"],
    untyped: Untyped::Text,
    ..Tags::PLAIN
};

dialect!(
    SeedOss, "seed_oss", ["<seed:tool_call>"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check_with};

    #[test]
    fn cases() {
        check_with(
            "seed_oss",
            r#"[{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}, "s": {"type": "string"}}}}]"#,
            "<seed:tool_call>\n<function=f>\n<parameter=a>1</parameter>\n<parameter=s>x\n</parameter></function>\n</seed:tool_call>",
            &[call("f", r#"{"a": 1, "s": "x\n"}"#)],
            "",
        );
    }
}
