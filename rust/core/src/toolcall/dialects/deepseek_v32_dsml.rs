//! DeepSeek V3.2: `<｜DSML｜function_calls><｜DSML｜invoke name="f"><｜DSML｜parameter name="a" string="false">1</｜DSML｜parameter></｜DSML｜invoke></｜DSML｜function_calls>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<｜DSML｜function_calls>"],
    call: &["<｜DSML｜invoke"],
    call_end: &["</｜DSML｜invoke>"],
    parameter: &["<｜DSML｜parameter"],
    parameter_end: &["</｜DSML｜parameter>"],
    section_end: &["</｜DSML｜function_calls>"],
    loose: true,
    ..Tags::PLAIN
};

dialect!(
    DeepseekV32Dsml, "deepseek_v32_dsml", ["<｜DSML｜function_calls>", "<｜DSML｜invoke"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "deepseek_v32_dsml",
            "Hm.\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"f\">\n<｜DSML｜parameter name=\"s\" string=\"true\">1</｜DSML｜parameter>\n<｜DSML｜parameter name=\"a\" string=\"false\">1</｜DSML｜parameter>\n</｜DSML｜invoke>\n<｜DSML｜invoke name=\"g\"/>\n</｜DSML｜function_calls>",
            &[call("f", r#"{"s": "1", "a": 1}"#), call("g", "{}")],
            "Hm.\n\n",
        );
    }
}
