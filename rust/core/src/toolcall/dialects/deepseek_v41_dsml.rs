//! DeepSeek V4.1: as V4, with a space after the mark, in `<｜DSML｜ calls>`.

use crate::toolcall::dialect::dialect;
use crate::toolcall::family::xml::{Tags, XmlCalls, call_follows};

static TAGS: Tags = Tags {
    section: &["<｜DSML｜ calls>"],
    call: &["<｜DSML｜ invoke"],
    call_end: &["</｜DSML｜ invoke>"],
    parameter: &["<｜DSML｜ parameter"],
    parameter_end: &["</｜DSML｜ parameter>"],
    section_end: &["</｜DSML｜ calls>"],
    loose: true,
    ..Tags::PLAIN
};

dialect!(
    DeepseekV41Dsml, "deepseek_v41_dsml", ["<｜DSML｜ calls>", "<｜DSML｜ invoke"],
    opens: |look, _, _, _| call_follows(look, &TAGS),
    machine: |_, _, _| XmlCalls::boxed(&TAGS),
);

#[cfg(test)]
mod tests {
    use crate::toolcall::testing::{call, check};

    #[test]
    fn cases() {
        check(
            "deepseek_v41_dsml",
            "Hm.\n\n<｜DSML｜ calls>\n<｜DSML｜ invoke name=\"f\">\n<｜DSML｜ parameter name=\"s\" string=\"true\">1</｜DSML｜ parameter>\n<｜DSML｜ parameter name=\"a\" string=\"false\">1</｜DSML｜ parameter>\n</｜DSML｜ invoke>\n<｜DSML｜ invoke name=\"g\"/>\n</｜DSML｜ calls>",
            &[call("f", r#"{"s": "1", "a": 1}"#), call("g", "{}")],
            "Hm.\n\n",
        );
    }
}
