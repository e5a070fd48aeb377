//! DeepSeek V4: as V3.2, in `<｜DSML｜tool_calls>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<｜DSML｜tool_calls>"],
    call: &["<｜DSML｜invoke"],
    call_end: &["</｜DSML｜invoke>"],
    parameter: &["<｜DSML｜parameter"],
    parameter_end: &["</｜DSML｜parameter>"],
    section_end: &["</｜DSML｜tool_calls>"],
    loose: true,
    ..Tags::PLAIN
};

dialect!(
    DeepseekV4Dsml, "deepseek_v4_dsml", ["<｜DSML｜tool_calls>", "<｜DSML｜invoke"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "deepseek_v4_dsml",
            "Hm.\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"f\">\n<｜DSML｜parameter name=\"s\" string=\"true\">1</｜DSML｜parameter>\n<｜DSML｜parameter name=\"a\" string=\"false\">1</｜DSML｜parameter>\n</｜DSML｜invoke>\n<｜DSML｜invoke name=\"g\"/>\n</｜DSML｜tool_calls>",
            &[call("f", r#"{"s": "1", "a": 1}"#), call("g", "{}")],
            "Hm.\n\n",
        );
    }
}
